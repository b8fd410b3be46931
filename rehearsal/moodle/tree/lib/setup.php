<?php
/**
 * The start of every request and every command line tool of the stand-in, included by config.php as Moodle's own is.
 * Order as in Moodle: components, database, settings, maintenance mode, session.
 */

define('MOODLE_INTERNAL', true);
defined('CLI_SCRIPT') || define('CLI_SCRIPT', false);
defined('CACHE_DISABLE_ALL') || define('CACHE_DISABLE_ALL', false);
defined('ABORT_AFTER_CONFIG') || define('ABORT_AFTER_CONFIG', false);
defined('IGNORE_COMPONENT_CACHE') || define('IGNORE_COMPONENT_CACHE', false);
foreach (['MATURITY_ALPHA' => 50, 'MATURITY_BETA' => 100, 'MATURITY_RC' => 150, 'MATURITY_STABLE' => 200] as $name => $value) {
    defined($name) || define($name, $value);
}
unset($name, $value);

$CFG->dirroot = dirname(__DIR__);
$CFG->libdir = __DIR__;
// Moodle reads the server's name to know how to read a request's address, and refuses one that it does not know.
$software = $_SERVER['SERVER_SOFTWARE'] ?? '';
if (!CLI_SCRIPT && !preg_match('/apache|nginx|lighttpd|litespeed|iis|httpd|php/i', $software)) {
    http_response_code(500);
    die("Web server software ($software) is not supported, sorry.\n");
}
unset($software);
if ($CFG->sslproxy && !str_starts_with($CFG->wwwroot, 'https://')) {
    http_response_code(500);
    die("Must use https address in wwwroot when ssl proxy enabled!\n");
}

require_once __DIR__ . '/components.php';
require_once __DIR__ . '/database.php';
require_once __DIR__ . '/settings.php';
require_once __DIR__ . '/clilib.php';
if (!ABORT_AFTER_CONFIG) {
    check_component_cache();
    $DB = new database($CFG);
    load_settings();
    if (!CLI_SCRIPT) {
        require_once __DIR__ . '/weblib.php';
        refuse_during_maintenance();
    }
    refuse_during_upgrade();
    if (!CLI_SCRIPT) {
        require_once __DIR__ . '/session.php';
        go_to_installer_unless_installed();
        start_session();
    }
}
