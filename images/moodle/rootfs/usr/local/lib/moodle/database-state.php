<?php
/**
 * What state the database is in, as one line of JSON. Moodle itself cannot be asked: it starts neither on an empty
 * database nor on half an installation. Usage: php database-state.php CODE_DIRECTORY UPGRADE_TOOL
 *
 *   unreachable      no connection
 *   empty            no table
 *   partial          an installation began and did not end; "missing" says what is not there, "people" and "courses" how much of either there is besides what the installer makes
 *   upgrade-pending  the code is newer than the database, in core or in a plugin; "maintenance" says whether the upgrade
 *                    needs maintenance mode, where Moodle can tell
 *   newer-than-code  the database is newer than the code
 *   installed        both are of one version
 *
 * "unfinished" says that an upgrade was cut off before it put maintenance mode and cron back; then both being of one
 * version is an upgrade-pending too.
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
    ? array_column($rows("SELECT name, value FROM {$cfg->prefix}config WHERE name IN ('version', 'release', 'rolesactive', 'upgraderunning')"), 'value', 'name')
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

$more = is_file("$cfg->dataroot/" . MOODLE_UPGRADE_MARK) ? ['unfinished' => true] : [];
if ((float) $database['version'] > (float) $code['version']) {
    answer('newer-than-code', $code, $database, $more);
}
// An upgrade is at work, or was killed: until that time Moodle's own tools refuse to start.
if ((int) ($settings['upgraderunning'] ?? 0) >= time()) {
    answer('upgrade-pending', $code, $database, ['unfinished' => true]);
}

/** Asks upgrade.php: its exit code and what it said. With a list of components that is out of date it ends with 0. */
$ask = function (string $question) use ($upgradetool): array {
    exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg($upgradetool) . " --lang=en $question 2>&1", $output, $status);
    $text = implode("\n", $output);
    return [str_contains($text, 'Outdated component cache') ? 1 : $status, $text];
};

// Only Moodle knows about its plugins. 2 is "pending".
[$status, $text] = $ask('--is-pending');
if ($status === 2) {
    [$required] = $ask('--is-maintenance-required');
    $known = $required === 2 || $required === 3 ? ['maintenance' => $required === 2] : [];
    answer('upgrade-pending', $code, $database, $more + $known);
}
if ((float) $database['version'] < (float) $code['version']) {
    // Whatever it says, such as that this release cannot be reached from that one, the upgrade itself will say.
    answer('upgrade-pending', $code, $database, $more);
}
if ($status !== 0) {
    fwrite(STDERR, "upgrade.php --is-pending gave no answer (exit code $status):\n$text\n");
    exit(1);
}
answer($more === [] ? 'installed' : 'upgrade-pending', $code, $database, $more);
