<?php
/**
 * Takes away the two marks by which Moodle keeps everybody out while it upgrades itself, and which an upgrade that was
 * killed leaves: "upgraderunning", the time until which pages and tools answer with an error, and "outagelessupgrade",
 * which forbids upgrades on the web. Through Moodle's own functions, so that the caches forget them too.
 * Usage: php unlock-site.php MOODLE_ROOT
 */

define('CLI_SCRIPT', true);
define('NO_UPGRADE_CHECK', true);

require "$argv[1]/config.php";

foreach (['upgraderunning', 'outagelessupgrade'] as $name) {
    unset_config($name);
}
