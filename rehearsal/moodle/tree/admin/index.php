<?php
/** Moodle's installer on the web. It is open to whoever comes first, which is why the database is installed before. */

require __DIR__ . '/../config.php';

if (empty($CFG->rolesactive)) {
    page('page-admin-index', 'Installation', '<p>Copyright notice: this would be the web installer.</p>');
    exit;
}
redirect(isset($_SESSION['userid']) ? '/my/' : '/login/index.php');
