<?php
/**
 * Takes away what an installation that was cut off left behind: all of the site's tables, in one transaction that first
 * looks again, so that nobody can come in between. It refuses where the end mark of the installer is there, or anybody
 * besides the administrator and the guest, or a course.
 */

require_once __DIR__ . '/settings.php';

$cfg = new stdClass();
moodle_settings($cfg);
$connection = pg_connect(moodle_connection_string($cfg));
if ($connection === false) {
    exit(1);
}

/** The first column of a query. */
$column = function (string $sql, array $parameters = []) use ($connection): array {
    $result = $parameters === [] ? pg_query($connection, $sql) : pg_query_params($connection, $sql, $parameters);
    if ($result === false) {
        exit(1);
    }
    return pg_num_fields($result) === 0 ? [] : pg_fetch_all_columns($result);
};

$column('BEGIN');
$tables = $column(
    'SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND starts_with(table_name, $1)',
    [$cfg->prefix]
);
$signs = [
    'config' => "name = 'rolesactive' AND value = '1' AND EXISTS (SELECT 1 FROM {$cfg->prefix}course WHERE category = 0 AND fullname <> '')",
    'user' => "id NOT IN (SELECT id FROM {$cfg->prefix}user ORDER BY id LIMIT 2)",
    'course' => 'category <> 0',
];
foreach ($signs as $table => $sign) {
    $name = $cfg->prefix . $table;
    if (!in_array($name, $tables, true) || ($table === 'config' && !in_array("{$cfg->prefix}course", $tables, true))) {
        continue;
    }
    $column("LOCK TABLE $name IN ACCESS EXCLUSIVE MODE");
    if ($column("SELECT 1 FROM $name WHERE $sign LIMIT 1") !== []) {
        fwrite(STDERR, "the table $name says that the site is in use: nothing is dropped\n");
        exit(1);
    }
}
if ($tables !== []) {
    $names = array_map(fn (string $name): string => pg_escape_identifier($connection, $name), $tables);
    $column('DROP TABLE ' . implode(', ', $names) . ' CASCADE');
}
$column('COMMIT');
echo count($tables), " tables dropped\n";
