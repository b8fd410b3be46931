/**
 * The images `redis` and `valkey`: the machine's server and command line tool under the names of both.
 *
 * In a pod of a real cluster a server that listens on every address is reached at the pod's address and at 127.0.0.1.
 * Here all pods share one network, so the server listens on its pod's address only, whatever its configuration says,
 * and the command line tool goes there when it is told nothing or the loopback address.
 */
import { access, chmod, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageAdapter } from '../images.ts';

const server = (program: string): string => `#!/bin/sh
exec ${program} "$@" --bind "$REHEARSAL_POD_IP"
`;

const client = (program: string): string => `#!/bin/sh
option=
for argument do
  shift
  if [ "$option" = -h ]; then
    case $argument in 127.0.0.1 | localhost) argument=$REHEARSAL_POD_IP ;; esac
  fi
  option=$argument
  set -- "$@" "$argument"
done
exec ${program} -h "$REHEARSAL_POD_IP" "$@"
`;

/** As the official images: a first argument that is an option or a configuration file goes to the server. */
const entrypoint = (name: string): string => `#!/bin/sh
set -e
case \${1:-} in
-* | *.conf) set -- ${name}-server "$@" ;;
esac
exec "$@"
`;

/** The adapter. */
export const redisImages: ImageAdapter = {
  names: ['redis', 'valkey'],
  async prepare({ layer }) {
    const programs = join(layer, 'usr/local/bin');
    await mkdir(programs, { recursive: true });
    await mkdir(join(layer, 'data'));
    await chmod(join(layer, 'data'), 0o777);
    const serverProgram = await find(['valkey-server', 'redis-server']);
    const clientProgram = await find(['valkey-cli', 'redis-cli']);
    for (const name of ['redis', 'valkey']) {
      await script(join(programs, `${name}-server`), server(serverProgram));
      await script(join(programs, `${name}-cli`), client(clientProgram));
    }
    await script(join(programs, 'docker-entrypoint.sh'), entrypoint('redis'));
    return {
      env: {},
      user: '',
      workingDirectory: '/data',
      entrypoint: ['docker-entrypoint.sh'],
      command: ['redis-server'],
      stopSignal: 'SIGTERM',
    };
  },
};

async function script(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

async function find(names: readonly string[]): Promise<string> {
  for (const directory of ['/usr/bin', '/usr/local/bin']) {
    for (const name of names) {
      const path = `${directory}/${name}`;
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      ) {
        return path;
      }
    }
  }
  throw new Error(`None of ${names.join(', ')} is in /usr/bin or /usr/local/bin: install redis-server.`);
}
