<?php
/**
 * Prints the cache configuration (MUC) of a pod: /etc/moodle/muc.php with the definitions of this code in it.
 *
 * Without them the first requests after a start would each add them to the file and save it, and those that come at the
 * same moment fail with "Unable to save the cache config to file" (HTTP 500). Moodle is loaded as far as its list of
 * components; no database is asked.
 */

define('CLI_SCRIPT', true);
define('ABORT_AFTER_CONFIG', true);

require(getenv('MOODLE_ROOT') . '/config.php');
// Definitions use its constants, such as MINSECS.
require_once("$CFG->dirroot/lib/moodlelib.php");

/** The definitions of one db/caches.php, or none. What a plugin gets wrong must not keep the pod from starting. */
function definitions_in(string $file): array {
    $definitions = [];
    try {
        if (is_file($file)) {
            include($file);
        }
    } catch (Throwable $error) {
        fwrite(STDERR, "The cache definitions of $file are left out: {$error->getMessage()}\n");
        return [];
    }
    return $definitions;
}

/** All definitions, by "component/area", as Moodle's own config_writer lists them. */
function all_definitions(stdClass $cfg): array {
    $files = ['core' => "$cfg->dirroot/lib/db/caches.php"];
    foreach (array_keys(core_component::get_plugin_types()) as $type) {
        foreach (core_component::get_plugin_list_with_file($type, 'db/caches.php') as $name => $file) {
            $files["{$type}_$name"] = $file;
        }
    }
    $all = [];
    foreach ($files as $component => $file) {
        foreach (definitions_in($file) as $area => $definition) {
            $all["$component/$area"] = $definition + ['component' => $component, 'area' => $area];
        }
    }
    return $all;
}

require(getenv('MOODLE_ETC_DIR') . '/muc.php');
$configuration['definitions'] = all_definitions($CFG);
echo "<?php\ndefined('MOODLE_INTERNAL') || die();\n\$configuration = ", var_export($configuration, true), ";\n";
