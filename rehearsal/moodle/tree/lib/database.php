<?php
/** The database as Moodle's native pgsql driver uses it: one connection, parameters apart from the text. */

final class database_error extends Exception {
}

final class database {
    private PgSql\Connection $connection;
    private string $prefix;

    public function __construct(stdClass $cfg) {
        $this->prefix = $cfg->prefix;
        $value = fn (string $text): string => "'" . addcslashes($text, "'\\") . "'";
        $text = 'host=' . $value($cfg->dbhost) . ' port=' . (int) $cfg->dboptions['dbport'] . ' dbname=' . $value($cfg->dbname)
            . ' user=' . $value($cfg->dbuser) . ' password=' . $value($cfg->dbpass) . ' connect_timeout=10';
        if (empty($cfg->dboptions['dbhandlesoptions'])) {
            $text .= " options='--client_encoding=utf8 --standard_conforming_strings=on'";
        }
        $connection = @pg_connect($text);
        if ($connection === false) {
            self::failed();
        }
        $this->connection = $connection;
    }

    /** What Moodle says when it has no database. */
    private static function failed(): never {
        if (CLI_SCRIPT) {
            fwrite(STDERR, "!!! <p>Error: Database connection failed</p>\n"
                . "<p>It is possible that the database is overloaded or otherwise not running properly.</p> !!!\n");
            exit(1);
        }
        http_response_code(500);
        die('<!DOCTYPE html><title>Error</title><p>Error: Database connection failed</p>');
    }

    /** Rows of a query. A name in braces gets the site's prefix. */
    public function rows(string $sql, array $parameters = []): array {
        $result = @pg_query_params($this->connection, $this->prefixed($sql), $parameters);
        if ($result === false) {
            throw new database_error(pg_last_error($this->connection));
        }
        return pg_fetch_all($result);
    }

    /** The first column of the first row. */
    public function value(string $sql, array $parameters = []): ?string {
        $row = $this->rows($sql, $parameters)[0] ?? [];
        return $row === [] ? null : reset($row);
    }

    /** Several statements of a schema file. */
    public function script(string $sql): void {
        if (@pg_query($this->connection, $this->prefixed($sql)) === false) {
            throw new database_error(pg_last_error($this->connection));
        }
    }

    /** @return string[] the site's tables */
    public function tables(): array {
        return array_column($this->rows(
            'SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND starts_with(table_name, $1)',
            [$this->prefix]
        ), 'table_name');
    }

    private function prefixed(string $sql): string {
        return preg_replace('/\{([a-z0-9_]+)\}/', $this->prefix . '$1', $sql);
    }
}
