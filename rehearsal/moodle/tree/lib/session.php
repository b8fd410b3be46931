<?php
/** Sessions in the Redis cluster, as Moodle's \core\session\redis keeps them: cluster mode by the comma, a key a session. */

final class cluster_session_handler implements SessionHandlerInterface {
    private RedisCluster $redis;

    public function __construct(private stdClass $cfg) {
        if ($cfg->session_handler_class !== '\\core\\session\\redis') {
            throw new Exception("session_handler_class is $cfg->session_handler_class, not \\core\\session\\redis");
        }
        if (!str_contains($cfg->session_redis_host, ',')) {
            throw new Exception('session_redis_host names one host: Moodle would not speak the cluster protocol');
        }
        $this->redis = new RedisCluster(null, explode(',', $cfg->session_redis_host), 3, 3);
        $this->redis->setOption(Redis::OPT_PREFIX, $cfg->session_redis_prefix);
    }

    public function open(string $path, string $name): bool {
        return true;
    }

    public function close(): bool {
        return true;
    }

    public function read(string $id): string|false {
        $value = $this->redis->get("session_$id");
        return $value === false ? '' : $value;
    }

    public function write(string $id, string $data): bool {
        return $this->redis->setex("session_$id", 28800, $data);
    }

    public function destroy(string $id): bool {
        $this->redis->del("session_$id");
        return true;
    }

    public function gc(int $lifetime): int|false {
        return 0;
    }
}

function start_session(): void {
    global $CFG;
    if (empty($CFG->version)) {
        return;
    }
    session_set_save_handler(new cluster_session_handler($CFG), true);
    session_name('MoodleSession');
    session_set_cookie_params(['path' => '/', 'secure' => $CFG->sslproxy, 'httponly' => true, 'samesite' => 'Lax']);
    session_start();
}
