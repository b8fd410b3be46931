<?php
/** Constants that every part of Moodle may use. */

defined('MOODLE_INTERNAL') || die();

define('MINSECS', 60);
define('HOURSECS', 3600);
define('DAYSECS', 86400);
