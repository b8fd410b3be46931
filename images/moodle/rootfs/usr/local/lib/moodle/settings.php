<?php
/**
 * The settings of config.php as a function of the environment. This file has no other effect than to define functions;
 * it serves config.php, the cache configuration and the look at the database before Moodle can start.
 */

/** A file on the shared data directory: an upgrade has begun and has not put everything back yet. */
const MOODLE_UPGRADE_MARK = 'moodle-database-upgrade';

/** A variable that must be there. */
function moodle_env(string $name): string {
    $value = getenv($name);
    if ($value === false || $value === '') {
        error_log("Moodle: $name is not set");
        if (PHP_SAPI === 'cli') {
            fwrite(STDERR, "$name is not set\n");
            exit(1);
        }
        http_response_code(500);
        exit;
    }
    return $value;
}

/** A variable that may be absent. */
function moodle_env_or(string $name, string $default): string {
    $value = getenv($name);
    return $value === false || $value === '' ? $default : $value;
}

/** The one secret of the configuration. Editors and shells leave a newline at the end of a file: it is not part of it. */
function moodle_database_password(): string {
    $file = moodle_env_or('MOODLE_DB_PASSWORD_FILE', '/mnt/secrets/database-password');
    $password = @file_get_contents($file);
    if ($password === false) {
        error_log("Moodle: the password file $file cannot be read");
        return '';
    }
    return rtrim($password, "\r\n");
}

/**
 * Hosts of a Redis cluster, at least two: core Moodle switches to cluster mode by the comma between them, and with one
 * name only it would take the nodes' redirections for errors.
 *
 * @return string[] each "host:port"
 */
function moodle_redis_hosts(string $name): array {
    $hosts = array_values(array_filter(array_map('trim', explode(',', moodle_env($name))), 'strlen'));
    return count($hosts) === 1 ? [$hosts[0], $hosts[0]] : $hosts;
}

/** The pod's signature for the blob container, renewed by object-storage-token.php. */
function moodle_object_storage_file(): string {
    return moodle_env_or('MOODLE_LOCAL_DIR', '/var/local/moodle') . '/object-storage.sas';
}

/** Whether Moodle's files go to object storage: an account is named, and the image has the plugins that can. */
function moodle_uses_object_storage(): bool {
    $root = getenv('MOODLE_WEB_ROOT') ?: '/var/www/html';
    return moodle_env_or('MOODLE_OBJECT_STORAGE_ACCOUNT', '') !== ''
        && is_file("$root/admin/tool/objectfs/version.php")
        && is_file("$root/local/azureblobstorage/version.php");
}

/** Files in object storage, with the share as the place where new ones lie until they are copied. */
function moodle_object_storage(stdClass $cfg): void {
    $cfg->alternative_file_system_class = '\\tool_objectfs\\azure_blob_storage_file_system';
    $cfg->forced_plugin_settings['tool_objectfs'] = [
        'filesystem' => '\\tool_objectfs\\azure_blob_storage_file_system',
        'enabletasks' => 1,
        'azure_accountname' => moodle_env('MOODLE_OBJECT_STORAGE_ACCOUNT'),
        'azure_container' => moodle_env('MOODLE_OBJECT_STORAGE_CONTAINER'),
        'azure_sastoken' => (string) @file_get_contents(moodle_object_storage_file()),
    ];
}

/** Fills the object that Moodle calls $CFG. */
function moodle_settings(stdClass $cfg): void {
    $local = moodle_env_or('MOODLE_LOCAL_DIR', '/var/local/moodle');
    $data = moodle_env_or('MOODLE_DATA_DIR', '/var/moodledata');

    $cfg->dbtype = 'pgsql';
    $cfg->dblibrary = 'native';
    $cfg->dbhost = moodle_env('MOODLE_DB_HOST');
    $cfg->dbname = moodle_env('MOODLE_DB_NAME');
    $cfg->dbuser = moodle_env('MOODLE_DB_USER');
    $cfg->dbpass = moodle_database_password();
    $cfg->prefix = 'mdl_';
    $cfg->dboptions = [
        'dbport' => (int) moodle_env_or('MOODLE_DB_PORT', '5432'),
        'dbpersist' => false,
        // Cursors outlive no transaction in PgBouncer's transaction mode.
        'fetchbuffersize' => 0,
        // Leave start-up options out: poolers differ in what they accept, and the server's defaults are right.
        'dbhandlesoptions' => true,
    ];
    $replica = moodle_env_or('MOODLE_DB_REPLICA_HOST', '');
    if ($replica !== '') {
        $cfg->dboptions['readonly'] = [
            'instance' => [['dbhost' => $replica, 'dbport' => $cfg->dboptions['dbport']]],
            // A table that was written to is read from the primary for so many seconds: replicas lag.
            'latency' => (float) moodle_env_or('MOODLE_DB_REPLICA_LATENCY', '1'),
        ];
    }
    // PostgreSQL's advisory locks belong to a session, and a transaction pool has none.
    $cfg->lock_factory = '\\core\\lock\\db_record_lock_factory';

    $cfg->wwwroot = rtrim(moodle_env('MOODLE_WWWROOT'), '/');
    // TLS ends at Front Door. Moodle refuses this switch with a plain-text address.
    $cfg->sslproxy = str_starts_with($cfg->wwwroot, 'https://');
    // Front Door passes the site's own host name on, so this is no proxy in Moodle's sense.
    $cfg->reverseproxy = false;
    // Moodle believes no header (1 + 2): nginx has put the client's address, as the trusted proxies report it, where
    // PHP sees the peer's.
    $cfg->getremoteaddrconf = 3;

    // nginx hands what is no file to Moodle's router, where the code has one.
    $cfg->routerconfigured = true;

    $cfg->dataroot = $data;
    $cfg->directorypermissions = 02770;
    $cfg->localcachedir = "$local/cache";
    $cfg->localrequestdir = "$local/request";
    $cfg->alternative_component_cache = "$local/components.php";
    $cfg->altcacheconfigpath = "$local/muc";
    $cfg->xsendfile = 'X-Accel-Redirect';
    $cfg->xsendfilealiases = ['/dataroot/' => $data, '/localcache/' => "$local/cache"];

    if (moodle_uses_object_storage()) {
        moodle_object_storage($cfg);
    }

    $cfg->session_handler_class = '\\core\\session\\redis';
    $cfg->session_redis_host = implode(',', moodle_redis_hosts('MOODLE_SESSION_REDIS_HOSTS'));
    $cfg->session_redis_prefix = 'mdlsession_';
    $cfg->session_redis_serializer_use_igbinary = true;
    $cfg->session_redis_acquire_lock_timeout = 60;
    $cfg->session_redis_lock_expire = 600;

    $cfg->timezone = moodle_env_or('MOODLE_TIMEZONE', 'UTC');
    $cfg->lang = moodle_env_or('MOODLE_LANG', 'en');

    $cfg->admin = 'admin';
    // The image is the code: nothing on the web may change it, name a program to run, or start cron.
    $cfg->disableupdateautodeploy = true;
    $cfg->preventexecpath = true;
    $cfg->cronclionly = true;
}

/**
 * Tells who asks for it (header X-Moodle-Probe) which instance answers, whom this PHP takes for the client, and whom Front
 * Door does. It gives nothing away: to the client its own address, and of the pod a random number made when it started.
 */
function moodle_answer_probe(): void {
    if (PHP_SAPI === 'cli' || ($_SERVER['HTTP_X_MOODLE_PROBE'] ?? '') !== '1') {
        return;
    }
    $edge = filter_var($_SERVER['HTTP_X_AZURE_SOCKETIP'] ?? '', FILTER_VALIDATE_IP) ?: 'none';
    header('X-Moodle-Probe: instance=' . moodle_env_or('MOODLE_INSTANCE', 'none') . "; client={$_SERVER['REMOTE_ADDR']}; edge=$edge");
}

/** How to reach the database without Moodle, as a libpq connection string. */
function moodle_connection_string(stdClass $cfg): string {
    $value = fn (string $text): string => "'" . addcslashes($text, "'\\") . "'";
    return "host={$value($cfg->dbhost)} port={$cfg->dboptions['dbport']} dbname={$value($cfg->dbname)} user={$value($cfg->dbuser)}"
        . " password={$value($cfg->dbpass)} connect_timeout=10 application_name=moodle-database";
}
