<?php
/** Brings the tables to the version of the code. Options, messages and exit codes as Moodle's. */

define('CLI_SCRIPT', true);
define('CACHE_DISABLE_ALL', true);

require __DIR__ . '/../../config.php';
require_once "$CFG->libdir/installlib.php";

$options = cli_get_params([
    'allow-unstable' => false, 'help' => false, 'is-maintenance-required' => false, 'is-pending' => false, 'lang' => 'en',
    'maintenance' => true, 'non-interactive' => false, 'set-ui-upgrade-lock' => false, 'unset-ui-upgrade-lock' => false,
    'verbose-settings' => false,
]);

if (empty($CFG->version)) {
    cli_error('Config table does not contain the version, can not continue, sorry.');
}
$core = core_version();
if ((float) $core['version'] < (float) $CFG->version) {
    cli_error('You are using an older version of the code than the database: downgrades are not supported.');
}
$newversion = "{$core['release']} ({$core['version']})";
$oldversion = "$CFG->release ($CFG->version)";
$schemachanged = all_component_hash() !== ($CFG->allcomponenthash ?? '');
if (!$options['maintenance'] && $schemachanged) {
    cli_error('This upgrade requires maintenance mode.', 2);
}
if (!needs_upgrading()) {
    cli_error("No upgrade needed for the installed version $newversion. Thanks for coming anyway!", 0);
}
if ($options['is-pending'] && !$options['is-maintenance-required']) {
    cli_error('An upgrade is pending.', 2);
}
if ($options['is-maintenance-required']) {
    cli_writeln('An upgrade is pending.');
    cli_error($schemachanged ? 'Maintenance mode is required.' : 'Maintenance mode is not required.', $schemachanged ? 2 : 3);
}
if (!$options['non-interactive']) {
    cli_error('The stand-in asks no questions: use --non-interactive.');
}

if ($options['maintenance']) {
    upgrade_started();
} else {
    set_config('outagelessupgrade', '1');
}
hold('upgrade-begun');
if ((float) $core['version'] > (float) $CFG->version) {
    install_part('System', function () use ($DB, $core): void {
        $DB->rows("INSERT INTO {upgrade_log} (type, plugin, targetversion, info, timemodified) VALUES (0, 'core', \$1, 'Starting core upgrade', \$2)",
            [$core['version'], time()]);
        set_config('version', $core['version']);
    });
}
set_config('release', $core['release']);
set_config('branch', $core['branch']);
hold('upgrade-core');
foreach (plugin_versions() as $component => $version) {
    $installed = $DB->value("SELECT value FROM {config_plugins} WHERE plugin = \$1 AND name = 'version'", [$component]);
    if ($installed !== $version) {
        install_part($component, fn () => install_plugin($component, $version));
    }
}
set_config('allversionshash', all_versions_hash());
set_config('allcomponenthash', all_component_hash());
hold('upgrade-plugins');
unset_config('outagelessupgrade');

cli_writeln("Command line upgrade from $oldversion to $newversion completed successfully.");
exit(0);
