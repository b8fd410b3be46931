<?php
/** The theme's style sheet, as Moodle serves it: with a revision in its path, and for everybody to keep for sixty days. */

header('Content-Type: text/css; charset=utf-8');
header('Cache-Control: public, max-age=5184000, immutable');
readfile(__DIR__ . '/rehearsal.css');
