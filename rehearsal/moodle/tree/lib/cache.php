<?php
/**
 * The application cache, by the rules of Moodle's cache configuration: the file that $CFG->altcacheconfigpath names, the
 * store that is mapped to mode 1, a Redis cluster when the store says so. A hash for each definition, under the prefix.
 */

final class application_cache {
    public function __construct(private RedisCluster $redis, private string $hash) {
    }

    public function get(string $key): mixed {
        $value = $this->redis->hGet($this->hash, $key);
        return $value === false ? null : $value;
    }

    public function set(string $key, mixed $value): void {
        $this->redis->hSet($this->hash, $key, $value);
    }

    public function purge(): void {
        $this->redis->del($this->hash);
    }
}

/** The cache, or null when it is not to be reached: Moodle then works without. */
function application_cache(): ?application_cache {
    static $cache = false;
    if ($cache !== false) {
        return $cache;
    }
    return $cache = open_application_cache();
}

function open_application_cache(): ?application_cache {
    $configuration = cache_configuration();
    if ($configuration === null) {
        return null;
    }
    // The real one adds the definition and saves the file, and of two requests that do so at once, one fails like this.
    if (!isset($configuration['definitions']['core/config'])) {
        throw new Exception('Unable to save the cache config to file.');
    }
    $name = array_column($configuration['modemappings'], 'store', 'mode')[1];
    $settings = $configuration['stores'][$name]['configuration'];
    if ($configuration['stores'][$name]['plugin'] !== 'redis' || empty($settings['clustermode'])) {
        throw new Exception("the stand-in knows only a Redis cluster as the application store, not $name");
    }
    try {
        $redis = new RedisCluster(null, explode("\n", $settings['server']), 3, 3);
        $redis->setOption(Redis::OPT_SERIALIZER, $settings['serializer']);
        $redis->setOption(Redis::OPT_PREFIX, $settings['prefix']);
        return new application_cache($redis, md5($configuration['siteidentifier'] . '/core/config'));
    } catch (RedisClusterException $error) {
        error_log("Cache store $name is not ready: {$error->getMessage()}");
        return null;
    }
}

/** Moodle takes the path only when the file is writable, and falls back to the data directory without a word. */
function cache_configuration(): ?array {
    global $CFG;
    $path = $CFG->altcacheconfigpath ?? '';
    if ($path === '' || !is_dir($path) || !is_writable($path) || !is_file("$path/cacheconfig.php")) {
        error_log('altcacheconfigpath names no writable directory with a cacheconfig.php');
        return null;
    }
    require "$path/cacheconfig.php";
    return $configuration;
}
