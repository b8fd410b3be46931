<?php
/**
 * Proves that this code shows a page with this database, before any pod of it serves: PHP's own web server on this pod's
 * loopback address, and one request of the log-in page as Front Door would send it. Usage: php page-check.php WEB_ROOT
 */

require_once __DIR__ . '/settings.php';

const PAGE = '/login/index.php';
const START_SECONDS = 10;
const ANSWER_SECONDS = 120;

/** The first port that is free. */
function free_port(): int {
    $socket = stream_socket_server('tcp://127.0.0.1:0');
    $name = stream_socket_get_name($socket, false);
    fclose($socket);
    return (int) substr($name, strrpos($name, ':') + 1);
}

/** Waits until the server listens. */
function wait_for_server(int $port): void {
    $end = microtime(true) + START_SECONDS;
    while (!($socket = @fsockopen('127.0.0.1', $port))) {
        if (microtime(true) > $end) {
            throw new Exception("PHP's web server did not start");
        }
        usleep(50_000);
    }
    fclose($socket);
}

/** @return array{int, string, string} status, address of a redirection, page */
function get(int $port, string $host): array {
    $context = stream_context_create(['http' => [
        'header' => "Host: $host\r\nConnection: close",
        'ignore_errors' => true,
        'follow_location' => 0,
        'timeout' => ANSWER_SECONDS,
    ]]);
    $page = @file_get_contents("http://127.0.0.1:$port" . PAGE, false, $context);
    if ($page === false) {
        throw new Exception(PAGE . ' does not answer');
    }
    preg_match('/^\S+ (\d+)/', $http_response_header[0], $status);
    preg_match('/^location:\s*(.*)$/im', implode("\n", $http_response_header), $location);
    return [(int) $status[1], trim($location[1] ?? ''), $page];
}

/** The part of an error page that says something. */
function gist(string $page): string {
    $text = preg_replace(['#<(script|style|head)\b.*?</\1>#si', '/<[^>]*>/', '/\s+/'], [' ', ' ', ' '], $page);
    return trim(mb_substr(html_entity_decode((string) $text), 0, 500));
}

/** What is wrong with an answer, or nothing. A site may send people to log in elsewhere, but not to its installer. */
function problem(int $status, string $location, string $page): ?string {
    if ($status === 302 || $status === 303) {
        return preg_match('#/admin/|/install#', $location) ? "leads to $location" : null;
    }
    if ($status !== 200) {
        return "answers $status: " . gist($page);
    }
    return str_contains($page, 'logintoken') ? null : 'has no mark of Moodle: ' . gist($page);
}

$port = free_port();
$log = tempnam(sys_get_temp_dir(), 'page-check');
$server = proc_open(
    [PHP_BINARY, '-S', "127.0.0.1:$port", '-t', $argv[1]],
    [['file', '/dev/null', 'r'], ['file', $log, 'a'], ['file', $log, 'a']],
    $pipes
);
register_shutdown_function(function () use ($server, $log): void {
    proc_terminate($server);
    proc_close($server);
    unlink($log);
});
// Told to stop, the server ends too.
pcntl_async_signals(true);
pcntl_signal(SIGTERM, fn () => exit(143));
try {
    wait_for_server($port);
    [$status, $location, $page] = get($port, (string) parse_url(moodle_env('MOODLE_WWWROOT'), PHP_URL_HOST));
    $problem = problem($status, $location, $page);
} catch (Exception $error) {
    [$status, $problem] = [0, $error->getMessage()];
}
if ($problem !== null) {
    // The server's own lines say which file and line; its lists of requests say nothing.
    $errors = preg_grep('/PHP |error|exception/i', file($log, FILE_IGNORE_NEW_LINES));
    fwrite(STDERR, implode("\n", array_slice($errors, -5)) . "\n" . PAGE . " $problem\n");
    exit(1);
}
echo PAGE, " answers $status\n";
