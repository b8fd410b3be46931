<?php
/** Empties the shared cache and writes the list of components anew. */

define('CLI_SCRIPT', true);

require __DIR__ . '/../../config.php';

cli_get_params([
    'muc' => false, 'theme' => false, 'lang' => false, 'js' => false, 'filter' => false, 'other' => false, 'courses' => false,
    'help' => false,
]);
application_cache()?->purge();
write_component_cache();
exit(0);
