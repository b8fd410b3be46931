/**
 * The image `pgbouncer-exporter`: PHP's own web server that answers `/metrics` with what PgBouncer's console says now, asked by
 * psql. Of the real exporter it has the options that the manifests use, refuses others in its words, and names the series as it
 * does; it has only those listed below.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageAdapter } from '../images.ts';

const exporter = `#!/bin/sh
target=postgres://postgres:@localhost:6543/pgbouncer?sslmode=disable listen=0.0.0.0:9127
for argument do
  case $argument in
  --pgBouncer.connectionString=*) target=\${argument#*=} ;;
  --web.listen-address=*) listen=\${argument#*=} ;;
  *) echo "pgbouncer_exporter: error: unknown long flag '\${argument%%=*}', try --help" >&2; exit 1 ;;
  esac
done
export PGBOUNCER_EXPORTER_CONNECTION_STRING="$target" PGCONNECT_TIMEOUT=2
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
    'cl_active' => 'pgbouncer_pools_client_active_connections',
    'cl_waiting' => 'pgbouncer_pools_client_waiting_connections',
    'sv_active' => 'pgbouncer_pools_server_active_connections',
    'sv_idle' => 'pgbouncer_pools_server_idle_connections',
    'maxwait' => 'pgbouncer_pools_client_maxwait_seconds',
];
$target = getenv('PGBOUNCER_EXPORTER_CONNECTION_STRING');
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
export const pgbouncerExporterImage: ImageAdapter = {
  names: ['pgbouncer-exporter'],
  async prepare({ layer }) {
    await mkdir(join(layer, 'usr/lib/rehearsal'), { recursive: true });
    await writeFile(join(layer, 'usr/lib/rehearsal/metrics.php'), metrics);
    await writeFile(join(layer, 'usr/lib/rehearsal/pgbouncer_exporter'), exporter);
    await chmod(join(layer, 'usr/lib/rehearsal/pgbouncer_exporter'), 0o755);
    return {
      env: {},
      user: 'nobody',
      workingDirectory: '/',
      entrypoint: ['/usr/lib/rehearsal/pgbouncer_exporter'],
      command: [],
      stopSignal: 'SIGTERM',
    };
  },
};
