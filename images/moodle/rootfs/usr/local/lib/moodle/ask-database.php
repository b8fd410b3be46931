<?php
/**
 * Asks the database itself, and not Moodle, whose tools may refuse to start.
 *   php ask-database.php time   the time by the database's clock, in whole seconds, UTC
 *   php ask-database.php cron   "on" or "off"
 */

require_once __DIR__ . '/settings.php';

$cfg = new stdClass();
moodle_settings($cfg);
$queries = [
    'time' => "SELECT to_char(date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC'), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    // Without the setting, cron is on.
    'cron' => "SELECT CASE WHEN EXISTS (SELECT 1 FROM {$cfg->prefix}config WHERE name = 'cron_enabled' AND value = '0')"
        . " THEN 'off' ELSE 'on' END",
];
$connection = pg_connect(moodle_connection_string($cfg));
$result = $connection === false ? false : pg_query($connection, $queries[$argv[1]]);
if ($result === false) {
    exit(1);
}
echo pg_fetch_result($result, 0, 0), "\n";
