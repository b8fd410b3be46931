<?php
/** The log-in page, with Moodle's element names. */

require __DIR__ . '/../config.php';

$_SESSION['logintoken'] ??= bin2hex(random_bytes(16));
$problem = '';
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $rows = $DB->rows('SELECT id, password FROM {user} WHERE username = $1 AND deleted = 0', [$_POST['username'] ?? '']);
    $right = $rows !== [] && password_verify($_POST['password'] ?? '', $rows[0]['password']);
    if ($right && hash_equals($_SESSION['logintoken'], $_POST['logintoken'] ?? '')) {
        session_regenerate_id(true);
        $_SESSION['userid'] = $rows[0]['id'];
        $DB->rows('UPDATE {user} SET lastip = $2 WHERE id = $1', [$rows[0]['id'], getremoteaddr()]);
        redirect('/my/');
    }
    $problem = '<div id="loginerrormessage" role="alert">Invalid login, please try again</div>';
}
page('page-login-index', 'Log in to the site', <<<HTML
    $problem
    <form action="$CFG->wwwroot/login/index.php" method="post" id="login">
    <input type="hidden" name="logintoken" value="{$_SESSION['logintoken']}">
    <label>Username <input name="username" id="username" autocomplete="username"></label>
    <label>Password <input type="password" name="password" id="password" autocomplete="current-password"></label>
    <button type="submit" id="loginbtn">Log in</button>
    </form>
    HTML);
