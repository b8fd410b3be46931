<?php
/** Makes the tables in an empty database. Options, messages and exit codes as Moodle's. */

define('CLI_SCRIPT', true);
define('CACHE_DISABLE_ALL', true);

if (isset($_SERVER['REMOTE_ADDR'])) {
    exit(1);
}

require __DIR__ . '/../../config.php';
require_once "$CFG->libdir/installlib.php";

if ($DB->tables() !== []) {
    cli_error('Database tables already present; CLI installation cannot continue.');
}
$options = cli_get_params([
    'lang' => 'en', 'adminuser' => 'admin', 'adminpass' => '', 'adminemail' => '', 'fullname' => '', 'shortname' => '',
    'summary' => '', 'supportemail' => '', 'agree-license' => false, 'help' => false,
]);
if (!$options['agree-license']) {
    cli_error('You have to agree to the license. --help prints out the help');
}
if ($options['adminpass'] === true || $options['adminpass'] === '') {
    cli_error('You have to specify admin password. --help prints out the help');
}
if ($options['adminemail'] !== '' && !filter_var($options['adminemail'], FILTER_VALIDATE_EMAIL)) {
    cli_error("Incorrect value \"{$options['adminemail']}\" for \"adminemail\"");
}

install_cli_database($options);

cli_writeln('Installation completed successfully.');
exit(0);
