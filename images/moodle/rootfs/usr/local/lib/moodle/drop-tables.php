<?php
/** Takes away what an installation that was cut off left behind. Only called after a look at what that is. */

require_once __DIR__ . '/settings.php';

$cfg = new stdClass();
moodle_settings($cfg);
$connection = pg_connect(moodle_connection_string($cfg));
if ($connection === false) {
    exit(1);
}
$found = pg_query_params(
    $connection,
    'SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND starts_with(table_name, $1)',
    [$cfg->prefix]
);
if ($found === false) {
    exit(1);
}
$names = array_map(fn (string $name): string => pg_escape_identifier($connection, $name), pg_fetch_all_columns($found));
if ($names !== [] && pg_query($connection, 'DROP TABLE ' . implode(', ', $names) . ' CASCADE') === false) {
    exit(1);
}
echo count($names), " tables dropped\n";
