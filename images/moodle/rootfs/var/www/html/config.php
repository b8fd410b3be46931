<?php
/**
 * Moodle's configuration, read from the environment. Nothing is templated, so any value works as it is; the password
 * is read from its file at every start of PHP and stands in no variable of the environment.
 */

unset($CFG);
global $CFG;
$CFG = new stdClass();

require_once(getenv('MOODLE_LIB_DIR') ?: '/usr/local/lib/moodle') . '/settings.php';
moodle_settings($CFG);
moodle_answer_probe();

// Moodle 5.1 moved its library below public/.
require_once is_file(__DIR__ . '/lib/setup.php') ? __DIR__ . '/lib/setup.php' : __DIR__ . '/public/lib/setup.php';
