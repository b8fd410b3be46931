<?php
/** A plugin, so that there can be an upgrade that leaves core alone. */

defined('MOODLE_INTERNAL') || die();

$plugin->component = 'local_rehearsal';
$plugin->version = 2026010100;
