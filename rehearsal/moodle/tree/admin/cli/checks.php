<?php
/** Health checks with the exit codes of Nagios: 0 OK, 1 warning, 2 critical, 3 unknown. Critical until cron has run. */

define('CLI_SCRIPT', true);

require __DIR__ . '/../../config.php';

$options = cli_get_params(['filter' => '', 'type' => 'status', 'verbose' => false, 'help' => false]);
$checks = [
    'core_cronrunning' => ['Cron running', ((int) get_config_fresh('lastcronstart')) > time() - 900],
    'core_upgradecheck' => ['Upgrade', !needs_upgrading()],
];
$failed = array_filter($checks, fn (array $check, string $name): bool =>
    !$check[1] && ($options['filter'] === '' || str_contains($name, (string) $options['filter'])), ARRAY_FILTER_USE_BOTH);
if ($failed === []) {
    cli_writeln('OK: All checks passed');
    exit(0);
}
cli_writeln('CRITICAL: ' . implode(', ', array_column($failed, 0)));
exit(2);
