<?php
/**
 * What state the database is in, as one line of JSON. Moodle itself cannot be asked: it starts neither on an empty
 * database nor on half an installation. Usage: php database-state.php CODE_DIRECTORY UPGRADE_TOOL
 *
 *   unreachable      no connection
 *   empty            no table
 *   partial          an installation began and did not end; "missing" says what is not there, "people" and "courses" how much of either there is besides what the installer makes
 *   upgrade-pending  the code is newer than the database, in core or in a plugin; or an upgrade was cut off before it put
 *                    maintenance mode and cron back ("unfinished")
 *   newer-than-code  the database is newer than the code
 *   installed        both are of one version
 */

require_once __DIR__ . '/settings.php';

/** Versions of Moodle's code, from its version.php. */
function code_version(string $directory): array {
    foreach (['MOODLE_INTERNAL' => true, 'MATURITY_ALPHA' => 50, 'MATURITY_BETA' => 100, 'MATURITY_RC' => 150,
            'MATURITY_STABLE' => 200] as $name => $value) {
        defined($name) || define($name, $value);
    }
    $version = $release = null;
    require "$directory/version.php";
    return ['version' => (string) $version, 'release' => (string) $release];
}

function answer(string $state, array $code, ?array $database, array $more = []): never {
    $answer = ['state' => $state, 'code' => $code, 'database' => $database] + $more;
    echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    exit(0);
}

[, $codedirectory, $upgradetool] = $argv;
$code = code_version($codedirectory);
$cfg = new stdClass();
moodle_settings($cfg);

$problem = '';
set_error_handler(function (int $level, string $message) use (&$problem): bool {
    $problem = trim(preg_replace('/^pg_\w+\(\): /', '', $message));
    return true;
});

$connection = pg_connect(moodle_connection_string($cfg));
if ($connection === false) {
    answer('unreachable', $code, null, ['detail' => $problem]);
}

/** The rows of a query, or the end of everything: the connection was lost. */
$rows = function (string $sql, array $parameters = []) use ($connection, $code, &$problem): array {
    $result = pg_query_params($connection, $sql, $parameters);
    if ($result === false) {
        answer('unreachable', $code, null, ['detail' => $problem]);
    }
    return pg_fetch_all($result);
};

$tables = array_column($rows(
    'SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND starts_with(table_name, $1)',
    [$cfg->prefix]
), 'table_name');
if ($tables === []) {
    answer('empty', $code, null);
}

/** A setting of the site. */
$settings = in_array("{$cfg->prefix}config", $tables, true)
    ? array_column($rows("SELECT name, value FROM {$cfg->prefix}config WHERE name IN ('version', 'release', 'rolesactive')"), 'value', 'name')
    : [];
$database = isset($settings['version'])
    ? ['version' => $settings['version'], 'release' => $settings['release'] ?? '']
    : null;

// The installer's order: tables, core version, plugins, administrator, "rolesactive", defaults, name of the site.
$missing = [];
if ($database === null) {
    $missing[] = 'core version';
}
if (($settings['rolesactive'] ?? '') !== '1') {
    $missing[] = 'end mark of the installer (rolesactive)';
}
if ($missing === [] && $rows("SELECT 1 FROM {$cfg->prefix}course WHERE category = 0 AND fullname <> ''") === []) {
    $missing[] = 'name of the site';
}
if ($missing !== []) {
    // The installer itself makes the guest, the administrator, and the site's own course.
    $rowsof = fn (string $table, string $where): int => in_array($cfg->prefix . $table, $tables, true)
        ? (int) $rows("SELECT count(*) AS rows FROM {$cfg->prefix}$table $where")[0]['rows']
        : 0;
    answer('partial', $code, $database, [
        'tables' => count($tables),
        'missing' => $missing,
        'people' => max(0, $rowsof('user', '') - 2),
        'courses' => $rowsof('course', 'WHERE category <> 0'),
    ]);
}

if ((float) $database['version'] > (float) $code['version']) {
    answer('newer-than-code', $code, $database);
}
if ((float) $database['version'] < (float) $code['version']) {
    answer('upgrade-pending', $code, $database);
}

// The same core: only Moodle knows about its plugins. Exit code 2 is "pending"; 0 also comes with a list of components
// that is out of date, which is no answer.
exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg($upgradetool) . ' --is-pending 2>&1', $output, $status);
$text = implode("\n", $output);
if ($status === 2) {
    answer('upgrade-pending', $code, $database);
}
if ($status !== 0 || str_contains($text, 'Outdated component cache')) {
    fwrite(STDERR, "upgrade.php --is-pending gave no answer (exit code $status):\n$text\n");
    exit(1);
}
if (is_file("$cfg->dataroot/" . MOODLE_UPGRADE_MARK)) {
    answer('upgrade-pending', $code, $database, ['unfinished' => true]);
}
answer('installed', $code, $database);
