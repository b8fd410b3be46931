<?php
/**
 * Moodle's cache configuration (MUC) as code. Copied to the pod's own directory at every start: Moodle requires the
 * file to be writable, and adds the definitions of the code it finds. Application caches live in the cache cluster;
 * session caches travel inside the session, and so in the session cluster.
 *
 * In front of the cluster, PHP-FPM keeps the hottest of what Moodle itself declares fit for a store of one machine
 * (canuselocalstore: its keys carry a revision, so an old copy is never asked for) in APCu, the memory that the workers
 * of a pod share. The command line has no APCu, and Moodle then leaves the store out.
 */

defined('MOODLE_INTERNAL') || die();

require_once(getenv('MOODLE_LIB_DIR') ?: '/usr/local/lib/moodle') . '/settings.php';

/** Definitions for the pod's memory. Not core/config: a changed setting must be seen by all pods at once. */
$local = [
    'core/string', 'core/langmenu', 'core/hookcallbacks', 'core/htmlpurifier', 'core/coursemodinfo',
    'core/plugin_functions', 'core/file_imageinfo', 'core/routes',
];
$tier = extension_loaded('apcu') ? $local : [];

$configuration = [
    // Part of every key. The same on all pods, different for each site, and known before the database is.
    'siteidentifier' => md5(moodle_env('MOODLE_WWWROOT')),
    'stores' => [
        'application_cluster' => [
            'name' => 'application_cluster',
            'plugin' => 'redis',
            'configuration' => [
                'clustermode' => true,
                'server' => implode("\n", moodle_redis_hosts('MOODLE_CACHE_REDIS_HOSTS')),
                'prefix' => 'mdlcache_',
                'serializer' => Redis::SERIALIZER_IGBINARY,
                'compressor' => 0,
            ],
            'features' => 26,
            'modes' => 3,
            'mappingsonly' => false,
            'class' => 'cachestore_redis',
            'default' => false,
            'lock' => 'cachelock_file_default',
        ],
        'pod_memory' => [
            'name' => 'pod_memory',
            'plugin' => 'apcu',
            'configuration' => ['prefix' => 'mdl_'],
            'features' => 4,
            'modes' => 3,
            // For the definitions below and no others.
            'mappingsonly' => true,
            'class' => 'cachestore_apcu',
            'default' => false,
            'lock' => 'cachelock_file_default',
        ],
        'default_session' => [
            'name' => 'default_session',
            'plugin' => 'session',
            'configuration' => [],
            'features' => 14,
            'modes' => 2,
            'default' => true,
            'class' => 'cachestore_session',
            'lock' => 'cachelock_file_default',
        ],
        'default_request' => [
            'name' => 'default_request',
            'plugin' => 'static',
            'configuration' => [],
            'features' => 31,
            'modes' => 4,
            'default' => true,
            'class' => 'cachestore_static',
            'lock' => 'cachelock_file_default',
        ],
    ],
    'modemappings' => [
        ['mode' => 1, 'store' => 'application_cluster', 'sort' => 0],
        ['mode' => 2, 'store' => 'default_session', 'sort' => 0],
        ['mode' => 4, 'store' => 'default_request', 'sort' => 0],
    ],
    'definitions' => [],
    // The higher number is asked first, and filled from the other.
    'definitionmappings' => array_merge(...array_map(fn (string $definition): array => [
        ['definition' => $definition, 'store' => 'pod_memory', 'sort' => 1],
        ['definition' => $definition, 'store' => 'application_cluster', 'sort' => 0],
    ], $tier)),
    'locks' => [
        'cachelock_file_default' => [
            'name' => 'cachelock_file_default',
            'type' => 'cachelock_file',
            'dir' => 'filelocks',
            'default' => true,
        ],
    ],
];
