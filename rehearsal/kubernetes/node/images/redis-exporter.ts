/**
 * The image `redis_exporter`: PHP's own web server that answers `/metrics` with what INFO of the server says now. Of the real
 * exporter it has the options that the manifests use, refuses others in its words, and names the series as it does; it has
 * only those listed below.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageAdapter } from '../images.ts';

const exporter = `#!/bin/sh
target=localhost:6379 listen=0.0.0.0:9121
for argument do
  case $argument in
  --redis.addr=redis://*) target=\${argument#*://} ;;
  --web.listen-address=*) listen=\${argument#*=} ;;
  --redis-only-metrics) ;;
  *) echo "flag provided but not defined: $(echo "\${argument%%=*}" | sed 's/^--/-/')" >&2; exit 2 ;;
  esac
done
export REDIS_EXPORTER_TARGET="$target"
# Without extensions: one of them would want to write a lock file, and the root is read-only.
php -n -S "$listen" /usr/lib/rehearsal/metrics.php &
server=$!
trap 'kill "$server" 2>/dev/null; exit 0' TERM INT QUIT
wait
`;

const metrics = `<?php
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/metrics') {
    http_response_code(404);
    return;
}
header('Content-Type: text/plain; version=0.0.4');
$names = [
    'uptime_in_seconds' => 'redis_uptime_in_seconds',
    'connected_clients' => 'redis_connected_clients',
    'used_memory' => 'redis_memory_used_bytes',
    'maxmemory' => 'redis_memory_max_bytes',
    'evicted_keys' => 'redis_evicted_keys_total',
    'total_commands_processed' => 'redis_commands_processed_total',
    'connected_slaves' => 'redis_connected_slaves',
    'cluster_enabled' => 'redis_cluster_enabled',
];
$server = @stream_socket_client('tcp://' . getenv('REDIS_EXPORTER_TARGET'), $code, $message, 2);
if ($server === false) {
    echo "redis_up 0\\n";
    return;
}
stream_set_timeout($server, 2);
fwrite($server, "INFO\\r\\n");
$length = (int) substr((string) fgets($server), 1);
$lines = $length > 0 ? explode("\\r\\n", (string) stream_get_contents($server, $length)) : [];
echo 'redis_up ' . ($length > 0 ? 1 : 0) . "\\n";
foreach ($lines as $line) {
    [$field, $value] = explode(':', $line, 2) + [1 => ''];
    if (isset($names[$field])) {
        echo "$names[$field] $value\\n";
    }
}
`;

/** The adapter. */
export const redisExporterImage: ImageAdapter = {
  names: ['redis_exporter'],
  async prepare({ layer }) {
    await mkdir(join(layer, 'usr/lib/rehearsal'), { recursive: true });
    await writeFile(join(layer, 'usr/lib/rehearsal/metrics.php'), metrics);
    await writeFile(join(layer, 'redis_exporter'), exporter);
    await chmod(join(layer, 'redis_exporter'), 0o755);
    return {
      env: {},
      user: '59000:59000',
      workingDirectory: '/',
      entrypoint: ['/redis_exporter'],
      command: [],
      stopSignal: 'SIGTERM',
    };
  },
};
