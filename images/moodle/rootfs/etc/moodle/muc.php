<?php
/**
 * Moodle's cache configuration (MUC) as code. Copied to the pod's own directory at every start: Moodle requires the
 * file to be writable, and adds the definitions of the code it finds. Application caches live in the cache cluster;
 * session caches travel inside the session, and so in the session cluster.
 */

defined('MOODLE_INTERNAL') || die();

require_once(getenv('MOODLE_LIB_DIR') ?: '/usr/local/lib/moodle') . '/settings.php';

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
    'definitionmappings' => [],
    'locks' => [
        'cachelock_file_default' => [
            'name' => 'cachelock_file_default',
            'type' => 'cachelock_file',
            'dir' => 'filelocks',
            'default' => true,
        ],
    ],
];
