<?php
/** The dashboard of who is logged in. */

require __DIR__ . '/../config.php';

if (!isset($_SESSION['userid'])) {
    redirect('/login/index.php');
}
$user = $DB->rows('SELECT username, lastip FROM {user} WHERE id = $1', [$_SESSION['userid']])[0];
page('page-my-index', 'Dashboard', '<p>You are logged in as <b id="username">' . htmlspecialchars($user['username']) . '</b></p>');
