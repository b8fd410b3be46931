<?php
/**
 * Runs scheduled tasks, and keeps looking for due ones until the keep-alive is over: 180 seconds when none is given, as
 * Moodle. SIGTERM ends it after the task in hand.
 */

define('CLI_SCRIPT', true);

require __DIR__ . '/../../config.php';

$options = cli_get_params([
    'keep-alive' => 180, 'enable' => false, 'disable' => false, 'disable-wait' => false, 'list' => false, 'force' => false,
    'help' => false,
]);
if (empty($CFG->version)) {
    cli_error('The database is not installed.');
}
if ($options['enable']) {
    set_config('cron_enabled', '1');
    cli_writeln('Cron has been enabled for the site.');
    exit(0);
}
if ($options['disable'] || $options['disable-wait'] !== false) {
    set_config('cron_enabled', '0');
    cli_writeln('Cron has been disabled for the site.');
    $until = time() + ($options['disable-wait'] === true ? 600 : (int) $options['disable-wait']);
    while ($DB->value('SELECT count(*) FROM {lock_db} WHERE owner IS NOT NULL AND expires > $1', [time()]) !== '0') {
        if (time() >= $until) {
            cli_error('Tasks are still running.');
        }
        usleep(200_000);
    }
    cli_writeln('All running tasks have finished.');
    exit(0);
}
if (get_config_fresh('cron_enabled') === '0' && !$options['force']) {
    cli_error('Cron is disabled. Use --force to override.');
}
if (needs_upgrading()) {
    cli_error('Moodle upgrade pending, cron execution suspended.');
}
if (($CFG->lock_factory ?? '') !== '\\core\\lock\\db_record_lock_factory') {
    cli_error('lock_factory must be \\core\\lock\\db_record_lock_factory: advisory locks do not work through a pool.');
}

$stopping = false;
pcntl_async_signals(true);
foreach ([SIGTERM, SIGINT] as $signal) {
    pcntl_signal($signal, function () use (&$stopping): void {
        $stopping = true;
    });
}

/** One task under its row in lock_db, as db_record_lock_factory does it. */
function run_task(string $class): void {
    global $DB;
    $DB->rows('INSERT INTO {lock_db} (resourcekey) VALUES ($1) ON CONFLICT DO NOTHING', ["cron_$class"]);
    $owner = bin2hex(random_bytes(16));
    $got = $DB->rows('UPDATE {lock_db} SET owner = $2, expires = $3 WHERE resourcekey = $1 AND (owner IS NULL OR expires < $4) RETURNING id',
        ["cron_$class", $owner, time() + 1800, time()]);
    if ($got === []) {
        return;
    }
    $started = microtime(true);
    // Temporary tables are why cron has a session of its own.
    $DB->script('CREATE TEMPORARY TABLE IF NOT EXISTS tmp_rehearsal (id BIGINT)');
    usleep(1000 * (int) (getenv('REHEARSAL_TASK_MS') ?: 0));
    $DB->rows('SELECT id FROM tmp_rehearsal');
    $DB->rows('UPDATE {task_scheduled} SET lastruntime = $2, nextruntime = $3 WHERE classname = $1', [$class, time(), time() + 60]);
    $DB->rows('INSERT INTO {task_log} (type, classname, timestart, timeend, result, pid) VALUES (0, $1, $2, $3, 0, $4)',
        [$class, $started, microtime(true), getmypid()]);
    $DB->rows('UPDATE {lock_db} SET owner = NULL, expires = NULL WHERE resourcekey = $1 AND owner = $2', ["cron_$class", $owner]);
    cli_writeln("Execute scheduled task: $class\n... used " . sprintf('%.3f', microtime(true) - $started) . ' seconds');
}

$end = time() + min(900, (int) $options['keep-alive']);
do {
    if (get_config_fresh('cron_enabled') === '0') {
        cli_writeln('Cron is disabled. Use --force to override.');
        break;
    }
    $due = $DB->rows('SELECT classname FROM {task_scheduled} WHERE disabled = 0 AND nextruntime <= $1 ORDER BY lastruntime, id', [time()]);
    foreach (array_column($due, 'classname') as $class) {
        run_task($class);
        if ($stopping) {
            break 2;
        }
    }
    set_config('lastcronstart', (string) time());
    for ($i = 0; $i < 10 && !$stopping && time() < $end; $i++) {
        usleep(100_000);
    }
} while (!$stopping && time() < $end);
cli_writeln('Cron completed at ' . date('H:i:s') . '.');
exit(0);
