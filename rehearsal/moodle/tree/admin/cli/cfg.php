<?php
/** Shows and sets settings of the site. */

define('CLI_SCRIPT', true);

require __DIR__ . '/../../config.php';

$options = cli_get_params([
    'component' => '', 'name' => '', 'set' => null, 'unset' => false, 'shell-arg' => false, 'json' => false, 'help' => false,
]);
if (!in_array("{$CFG->prefix}config", $DB->tables(), true)) {
    cli_error('!!! Error reading from database !!!');
}
if ($options['set'] !== null) {
    set_config($options['name'], (string) $options['set']);
    exit(0);
}
if ($options['unset']) {
    set_config($options['name'], null);
    exit(0);
}
$settings = array_column($DB->rows('SELECT name, value FROM {config} ORDER BY name'), 'value', 'name');
if ($options['name'] !== '') {
    if (!isset($settings[$options['name']])) {
        exit(3);
    }
    cli_writeln($settings[$options['name']]);
    exit(0);
}
if ($options['json']) {
    cli_writeln(json_encode($settings));
    exit(0);
}
foreach ($settings as $name => $value) {
    cli_writeln("$name\t$value");
}
