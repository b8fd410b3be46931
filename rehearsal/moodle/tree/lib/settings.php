<?php
/** The table "config", kept in the application cache as Moodle does it: read from the cluster, written to both. */

require_once __DIR__ . '/cache.php';

/** Fills $CFG with the site's settings. What config.php says wins. */
function load_settings(): void {
    global $CFG, $DB;
    $settings = CACHE_DISABLE_ALL ? null : application_cache()?->get('config');
    if ($settings === null) {
        if (!in_array("{$CFG->prefix}config", $DB->tables(), true)) {
            return;
        }
        $settings = array_column($DB->rows('SELECT name, value FROM {config}'), 'value', 'name');
        if (!CACHE_DISABLE_ALL && isset($settings['version'])) {
            application_cache()?->set('config', $settings);
        }
    }
    foreach ($settings as $name => $value) {
        $CFG->$name ??= $value;
    }
}

function set_config(string $name, ?string $value): void {
    global $CFG, $DB;
    $DB->rows('DELETE FROM {config} WHERE name = $1', [$name]);
    if ($value === null) {
        unset($CFG->$name);
    } else {
        $DB->rows('INSERT INTO {config} (name, value) VALUES ($1, $2)', [$name, $value]);
        $CFG->$name = $value;
    }
    application_cache()?->purge();
}

function get_config_fresh(string $name): ?string {
    global $DB;
    return $DB->value('SELECT value FROM {config} WHERE name = $1', [$name]);
}

/** Whether any component of the code differs from what the database was last upgraded to. */
function needs_upgrading(): bool {
    global $CFG;
    return (float) core_version()['version'] > (float) $CFG->version || ($CFG->allversionshash ?? '') !== all_versions_hash();
}
