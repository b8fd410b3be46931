/**
 * The image `redis_exporter`: PHP's own web server that answers `/metrics` with what INFO of the server says now. Of the real
 * exporter it has the options that the manifests use, refuses others in its words, and names the series as it does; it has
 * only those listed below.
 */
import { exporterImage } from './exporter.ts';

const options = `  --redis.addr=redis://*) target=\${argument#*://} ;;
  --redis-only-metrics) ;;
  *) echo "flag provided but not defined: $(echo "\${argument%%=*}" | sed 's/^--/-/')" >&2; exit 2 ;;`;

const metrics = `$names = [
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
export const redisExporterImage = exporterImage({
  image: 'redis_exporter',
  program: 'redis_exporter',
  user: '59000:59000',
  listen: '0.0.0.0:9121',
  target: 'localhost:6379',
  variable: 'REDIS_EXPORTER_TARGET',
  options,
  metrics,
});
