/**
 * Stand-ins for nginx and PHP-FPM on a machine that has only PHP's command line. They take the place of both programs
 * under their real paths, read the same generated files, and serve the site and the probes with PHP's own web server.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Waits like PHP-FPM in the foreground; the web server beside it runs PHP by itself. */
const fpm = `#!/bin/sh
trap 'exit 0' TERM INT QUIT
while :; do sleep 1; done
`;

/** Serves what listen.conf, health-listen.conf and site.conf in the folder after -p say. */
const nginx = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
  -p) run=$2 ;;
  esac
  shift
done
address() { sed -n 's/^ *listen \\([^ ;]*\\).*/\\1/p' "$run/$1"; }
root=$(sed -n 's/^ *root "\\(.*\\)";.*/\\1/p' "$run/site.conf")
site=$(address listen.conf)
health=$(address health-listen.conf)
php -S "$site" -t "$root" "\${0%/*}/../lib/rehearsal/site.php" &
first=$!
php -S "$health" "\${0%/*}/../lib/rehearsal/health.php" &
second=$!
trap 'kill "$first" "$second" 2>/dev/null; exit 0' TERM INT QUIT
wait
`;

const health = `<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/healthz' && $path !== '/readyz') {
    http_response_code(404);
    return;
}
header('Content-Type: text/plain');
echo "ok\\n";
`;

/** Front Door's health probe, as nginx answers it; everything else is the site's. */
const site = `<?php
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/healthz') {
    return false;
}
if (($_SERVER['HTTP_X_FD_HEALTHPROBE'] ?? '') !== '1') {
    http_response_code(404);
    return;
}
header('Content-Type: text/plain');
echo "ok\\n";
`;

/** Lays the stand-ins, unless the given programs of the machine's /usr/sbin include the real ones. */
export async function layWebServer(layer: string, programs: readonly string[]): Promise<void> {
  if (programs.includes('nginx') && programs.some((name) => name.startsWith('php-fpm'))) {
    return;
  }
  await mkdir(join(layer, 'usr/sbin'), { recursive: true });
  await mkdir(join(layer, 'usr/lib/rehearsal'), { recursive: true });
  await writeFile(join(layer, 'usr/lib/rehearsal/health.php'), health);
  await writeFile(join(layer, 'usr/lib/rehearsal/site.php'), site);
  for (const [name, text] of [
    ['php-fpm', fpm],
    ['nginx', nginx],
  ] as const) {
    await writeFile(join(layer, 'usr/sbin', name), text);
    await chmod(join(layer, 'usr/sbin', name), 0o755);
  }
}
