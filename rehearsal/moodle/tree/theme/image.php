<?php
/**
 * A picture of the theme, as Moodle serves it: kept in the pod's own cache under its name with extension, and handed to the web
 * server from there by X-Accel-Redirect.
 */

define('ABORT_AFTER_CONFIG', true);
require __DIR__ . '/../config.php';

$icon = "$CFG->localcachedir/theme/1/rehearsal/pix/favicon.ico";
if (!is_file($icon)) {
    @mkdir(dirname($icon), 0777, true);
    file_put_contents("$icon.new", "\0\0\1\0icon");
    rename("$icon.new", $icon);
}
header('Content-Type: image/vnd.microsoft.icon');
header('Cache-Control: public, max-age=7776000, no-transform, immutable');
foreach ($CFG->xsendfilealiases as $alias => $directory) {
    if (str_starts_with(realpath($icon), realpath($directory) . '/')) {
        header("$CFG->xsendfile: " . rawurlencode($alias . substr(realpath($icon), strlen(realpath($directory)) + 1)));
        exit;
    }
}
readfile($icon);
