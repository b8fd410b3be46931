<?php
/** Versions as Moodle writes them. Change them in a copy of this tree to make an upgrade. */

defined('MOODLE_INTERNAL') || die();

$version = 2024100708.00;
$release = '4.5.8 (Build: 20260101)';
$branch = '405';
$maturity = MATURITY_STABLE;
