/** Images of Prometheus exporters: PHP's own web server, which answers `/metrics` with what it asks at that moment. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageAdapter } from '../images.ts';

/** What is particular to one exporter. */
export interface Exporter {
  /** Name of the image, and of its program. */
  image: string;
  program: string;
  user: string;
  /** Address that it listens on when nothing is said. */
  listen: string;
  /** What it asks when nothing is said, and the variable that hands it to PHP. */
  target: string;
  variable: string;
  /** Cases of the shell for its options, which set `target`, and for one that it does not know, in the words of the real one. */
  options: string;
  /** PHP that prints the series. */
  metrics: string;
}

/** The adapter of an exporter. */
export function exporterImage(exporter: Exporter): ImageAdapter {
  const { image, program, user } = exporter;
  return {
    names: [image],
    async prepare({ layer }) {
      await mkdir(join(layer, 'usr/lib/rehearsal'), { recursive: true });
      await writeFile(join(layer, 'usr/lib/rehearsal/metrics.php'), page(exporter.metrics));
      await writeFile(join(layer, program), script(exporter));
      await chmod(join(layer, program), 0o755);
      const entrypoint = [`/${program}`];
      return { env: {}, user, workingDirectory: '/', entrypoint, command: [], stopSignal: 'SIGTERM' };
    },
  };
}

function script({ target, listen, options, variable }: Exporter): string {
  return `#!/bin/sh
target=${target} listen=${listen}
for argument do
  case $argument in
  --web.listen-address=*) listen=\${argument#*=} ;;
${options}
  esac
done
export ${variable}="$target"
# Without extensions: one of them would want to write a lock file, and the root is read-only.
php -n -S "$listen" /usr/lib/rehearsal/metrics.php &
server=$!
trap 'kill "$server" 2>/dev/null; exit 0' TERM INT QUIT
wait
`;
}

function page(metrics: string): string {
  return `<?php
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/metrics') {
    http_response_code(404);
    return;
}
header('Content-Type: text/plain; version=0.0.4');
${metrics}`;
}
