<?php
/** Cache definitions, in the form of Moodle's own file. */

defined('MOODLE_INTERNAL') || die();

$definitions = [
    'config' => ['mode' => 1, 'staticacceleration' => true, 'simpledata' => true],
    'string' => ['mode' => 1, 'simplekeys' => true, 'simpledata' => true, 'canuselocalstore' => true],
];
