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

function unset_config(string $name): void {
    set_config($name, null);
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

/** Keeps everybody out while tables change, for five minutes in case nobody takes the mark away again. */
function upgrade_started(): void {
    set_config('upgraderunning', (string) (time() + 300));
    register_shutdown_function(upgrade_finished(...));
}

function upgrade_finished(): void {
    unset_config('upgraderunning');
}

/** As Moodle's setup.php: pages and tools alike, but for those that say that they may. */
function refuse_during_upgrade(): void {
    global $CFG;
    if (defined('NO_UPGRADE_CHECK') || !isset($CFG->upgraderunning)) {
        return;
    }
    if ((int) $CFG->upgraderunning >= time()) {
        throw new Exception('Site is being upgraded, please retry later.');
    }
    unset_config('upgraderunning');
}

/** For rehearsals that cut in: waits while the file "rehearsal-hold" on the data directory names this point. */
function hold(string $point): void {
    global $CFG;
    $holds = fn (): bool => @file_get_contents("$CFG->dataroot/rehearsal-hold") === $point;
    if ($holds()) {
        echo "held at $point\n";
    }
    while ($holds()) {
        usleep(50_000);
    }
}
