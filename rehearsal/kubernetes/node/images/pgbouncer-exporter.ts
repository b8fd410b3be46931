/**
 * The image `pgbouncer-exporter`: PHP's own web server that answers `/metrics` with what PgBouncer's console says now, asked by
 * psql. Of the real exporter it has the options that the manifests use, refuses others in its words, and names the series as it
 * does; it has only those listed below.
 */
import { exporterImage } from './exporter.ts';

const options = `  --pgBouncer.connectionString=*) target=\${argument#*=} ;;
  *) echo "pgbouncer_exporter: error: unknown long flag '\${argument%%=*}', try --help" >&2; exit 1 ;;`;

const metrics = `$names = [
    'cl_active' => 'pgbouncer_pools_client_active_connections',
    'cl_waiting' => 'pgbouncer_pools_client_waiting_connections',
    'sv_active' => 'pgbouncer_pools_server_active_connections',
    'sv_idle' => 'pgbouncer_pools_server_idle_connections',
    'maxwait' => 'pgbouncer_pools_client_maxwait_seconds',
];
$target = getenv('PGBOUNCER_EXPORTER_CONNECTION_STRING');
putenv('PGCONNECT_TIMEOUT=2');
$psql = proc_open(['psql', '-X', '-q', '--csv', '-d', $target, '-c', 'SHOW POOLS'], [1 => ['pipe', 'w']], $pipes);
$lines = explode("\\n", trim((string) stream_get_contents($pipes[1])));
$up = proc_close($psql) === 0;
echo 'pgbouncer_up ' . ($up ? 1 : 0) . "\\n";
if (!$up) {
    return;
}
$head = explode(',', array_shift($lines));
foreach ($lines as $line) {
    $pool = array_combine($head, explode(',', $line));
    foreach ($names as $column => $name) {
        echo "{$name}{database=\\"{$pool['database']}\\",user=\\"{$pool['user']}\\"} {$pool[$column]}\\n";
    }
}
`;

/** The adapter. */
export const pgbouncerExporterImage = exporterImage({
  image: 'pgbouncer-exporter',
  program: 'pgbouncer_exporter',
  user: 'nobody',
  listen: '0.0.0.0:9127',
  target: 'postgres://postgres:@localhost:6543/pgbouncer?sslmode=disable',
  variable: 'PGBOUNCER_EXPORTER_CONNECTION_STRING',
  options,
  metrics,
});
