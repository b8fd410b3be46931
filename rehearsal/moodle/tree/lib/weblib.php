<?php
/** Pages: what Moodle answers before, during and after it can work. */

function redirect(string $path): never {
    global $CFG;
    http_response_code(303);
    header("Location: $CFG->wwwroot$path");
    exit;
}

/** The command line's maintenance mode is a file on the shared data directory, so it holds for all pods at once. */
function refuse_during_maintenance(): void {
    global $CFG;
    $file = "$CFG->dataroot/climaintenance.html";
    if (is_file($file)) {
        http_response_code(503);
        header('Retry-After: 60');
        readfile($file);
        exit;
    }
}

function go_to_installer_unless_installed(): void {
    global $CFG;
    if (empty($CFG->version) || empty($CFG->rolesactive)) {
        if (!str_ends_with($_SERVER['SCRIPT_NAME'], '/admin/index.php')) {
            redirect('/admin/index.php');
        }
    }
}

/** The client as PHP sees it: config.php tells Moodle to believe no header (getremoteaddrconf 3). */
function getremoteaddr(): string {
    global $CFG;
    if ((int) $CFG->getremoteaddrconf !== 3) {
        throw new Exception('getremoteaddrconf must be 3: nginx knows the client, headers do not');
    }
    return $_SERVER['REMOTE_ADDR'];
}

/** A whole page. The client's address is in it because the rehearsal asks for it; Moodle shows none. */
function page(string $id, string $title, string $body): void {
    global $CFG, $DB;
    $site = empty($CFG->rolesactive)
        ? 'Moodle'
        : htmlspecialchars($DB->value('SELECT fullname FROM {course} WHERE category = 0') ?? 'Moodle');
    $address = htmlspecialchars(getremoteaddr());
    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: private, no-cache');
    echo <<<HTML
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <title>$title | $site</title>
        <meta name="keywords" content="moodle, $title | $site">
        <link rel="shortcut icon" href="$CFG->wwwroot/theme/image.php/rehearsal/theme/1/favicon">
        <meta name="client-address" content="$address">
        <link rel="stylesheet" href="$CFG->wwwroot/theme/styles.php/rehearsal/1/all">
        </head>
        <body id="$id">
        <h1>$site</h1>
        $body
        </body>
        </html>

        HTML;
}
