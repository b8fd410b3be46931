<?php
/** Options of command line tools, read as Moodle's cli_get_params() does, and its two ways to complain. */

/** @param array<string, mixed> $defaults option names without dashes */
function cli_get_params(array $defaults): array {
    $options = $defaults;
    $unknown = [];
    foreach (array_slice($_SERVER['argv'], 1) as $argument) {
        if (!str_starts_with($argument, '--')) {
            $unknown[] = $argument;
            continue;
        }
        [$name, $value] = explode('=', substr($argument, 2), 2) + [1 => true];
        if (!array_key_exists($name, $defaults)) {
            $unknown[] = $argument;
            continue;
        }
        $options[$name] = match ($value) {
            'true' => true,
            'false' => false,
            default => $value,
        };
    }
    if ($unknown !== []) {
        cli_error('Unrecognised options: ' . implode("\n  ", $unknown) . "\nPlease use --help option.");
    }
    return $options;
}

function cli_error(string $text, int $code = 1): never {
    fwrite(STDERR, $text . "\n");
    exit($code);
}

function cli_writeln(string $text): void {
    echo $text, "\n";
}

/** Exceptions end a tool with exit code 1, in Moodle's words. */
set_exception_handler(function (Throwable $error): void {
    if (CLI_SCRIPT) {
        $kind = $error instanceof database_error ? 'Error reading from database' : $error->getMessage();
        fwrite(STDERR, "!!! $kind !!!\n{$error->getMessage()}\n");
        exit(1);
    }
    error_log((string) $error);
    http_response_code(500);
    echo '<!DOCTYPE html><title>Error</title><p>Exception - ', htmlspecialchars($error->getMessage()), '</p>';
});
