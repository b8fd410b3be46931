<?php
/** Switches the maintenance mode of the command line. */

define('CLI_SCRIPT', true);

require __DIR__ . '/../../config.php';

$options = cli_get_params(['enable' => false, 'enablelater' => 0, 'enableold' => false, 'disable' => false, 'help' => false]);
$file = "$CFG->dataroot/climaintenance.html";
if ($options['enable']) {
    file_put_contents($file, '<!DOCTYPE html><title>Maintenance</title><p>This site is undergoing maintenance and is currently not available</p>');
    cli_writeln('Your site is currently in CLI maintenance mode, only CLI administration scripts may be used.');
    exit(0);
}
if ($options['disable']) {
    if (is_file($file)) {
        unlink($file);
    }
    cli_writeln('Maintenance mode has been disabled and the site is running normally again');
    exit(0);
}
cli_writeln('Status: ' . (is_file($file) ? 'CLI maintenance' : 'disabled'));
