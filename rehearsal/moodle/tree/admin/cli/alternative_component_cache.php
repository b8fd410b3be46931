<?php
/** Writes the list of components of this code. It needs no database, so it can run before there is one. */

define('CLI_SCRIPT', true);
define('ABORT_AFTER_CONFIG', true);
define('CACHE_DISABLE_ALL', true);
define('IGNORE_COMPONENT_CACHE', true);

require __DIR__ . '/../../config.php';

$options = cli_get_params(['file' => false, 'rebuild' => false, 'print' => false, 'help' => false]);
if (empty($CFG->alternative_component_cache)) {
    cli_error('config.php does not contain $CFG->alternative_component_cache setting', 2);
}
if (!$options['rebuild']) {
    echo "Create alternative component cache file\n\nOptions:\n--rebuild   Rebuild \$CFG->alternative_component_cache file\n";
    exit(0);
}
if (!is_writable(dirname($CFG->alternative_component_cache))) {
    cli_error("$CFG->alternative_component_cache is not writable", 4);
}
write_component_cache();
cli_writeln("File $CFG->alternative_component_cache was updated");
exit(0);
