<?php
/** The plugins there are, and the list of them that a cluster keeps by itself ($CFG->alternative_component_cache). */

/** Versions of core: version, release, branch, maturity. */
function core_version(): array {
    global $CFG;
    require "$CFG->dirroot/version.php";
    return ['version' => (string) $version, 'release' => $release, 'branch' => $branch];
}

/** Folders of plugins, for the kinds that people add most. */
const PLUGIN_FOLDERS = 'admin/tool,auth,availability/condition,blocks,cache/stores,course/format,enrol,filter,local,mod,'
    . 'question/type,report,repository,theme';

/** Versions of the plugins by component. */
function plugin_versions(): array {
    global $CFG;
    $versions = [];
    foreach (glob("$CFG->dirroot/{" . PLUGIN_FOLDERS . '}/*/version.php', GLOB_BRACE) as $file) {
        $plugin = new stdClass();
        require $file;
        $versions[$plugin->component] = (string) $plugin->version;
    }
    ksort($versions);
    return $versions;
}

/** Where plugins are, in the words of Moodle's class of the same name. */
final class core_component {
    /** @return string[] folders by type */
    public static function get_plugin_types(): array {
        global $CFG;
        return ['local' => "$CFG->dirroot/local"];
    }

    /** @return string[] the file's path by plugin, for those that have it */
    public static function get_plugin_list_with_file(string $type, string $file): array {
        $found = [];
        foreach (glob(self::get_plugin_types()[$type] . "/*/$file") as $path) {
            $found[basename(substr($path, 0, -strlen("/$file")))] = $path;
        }
        return $found;
    }
}

/** What the list would be for this code. */
function component_cache_content(): string {
    $cache = ['version' => core_version()['version'], 'plugins' => plugin_versions()];
    return "<?php\n\$cache = " . var_export($cache, true) . ";\n";
}

/** A hash of all versions of all components, as Moodle's core_component::get_all_versions_hash(). */
function all_versions_hash(): string {
    return sha1(component_cache_content());
}

/** A hash of the components alone, as get_all_component_hash(): the same before and after an upgrade without a new schema. */
function all_component_hash(): string {
    global $CFG;
    $schema = is_file("$CFG->dirroot/lib/db/install.sql") ? sha1_file("$CFG->dirroot/lib/db/install.sql") : '';
    return sha1(core_version()['version'] . implode(',', array_keys(plugin_versions())) . $schema);
}

/**
 * Moodle compares the list with the code only where caches are off, which is in the installer and the upgrade. It ends
 * there with die(text), and so with exit code 0.
 */
function check_component_cache(): void {
    global $CFG;
    $file = $CFG->alternative_component_cache ?? '';
    if ($file === '' || IGNORE_COMPONENT_CACHE) {
        return;
    }
    if (is_file($file)) {
        if (CACHE_DISABLE_ALL && sha1_file($file) !== sha1(component_cache_content())) {
            die('Outdated component cache file defined in $CFG->alternative_component_cache, can not continue');
        }
        return;
    }
    if (!is_writable(dirname($file))) {
        die('Can not create alternative component cache file defined in $CFG->alternative_component_cache, can not continue');
    }
    write_component_cache();
}

function write_component_cache(): void {
    global $CFG;
    $file = $CFG->alternative_component_cache;
    $new = $file . '.' . getmypid();
    file_put_contents($new, component_cache_content());
    rename($new, $file);
}
