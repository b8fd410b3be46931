<?php
/**
 * Runs Moodle's install_database.php in this process, with the administrator's password read from its file. Moodle takes
 * it only as an argument, and an argument of a process of its own could be read by everybody on the node.
 * Usage: php install-database.php TOOL PASSWORD_FILE [arguments of the tool…]
 */

$tool = $argv[1];
$password = @file_get_contents($argv[2]);
if ($password === false) {
    fwrite(STDERR, "the administrator's password file {$argv[2]} cannot be read\n");
    exit(1);
}

$_SERVER['argv'] = $argv = [$tool, ...array_slice($argv, 3), '--adminpass=' . rtrim($password, "\r\n")];
$_SERVER['argc'] = $argc = count($argv);
unset($password);

require $tool;
