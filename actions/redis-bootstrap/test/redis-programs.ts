/** The server and the client that tests run: those of this machine, or of one of the versions that the set-up provides. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

const TOOLS = resolve(import.meta.dirname, '../../../.tools/redis');

/** Versions that `scripts/setup/redis-versions.mjs` provides. */
export const VERSIONS = ['redis-6.2', 'redis-7.0', 'redis-8.0', 'valkey-8.1'] as const;

/** Paths. */
export interface Programs {
  server: string;
  client: string;
}

/**
 * The programs of a version; without one, those of this machine under whichever name they are installed.
 *
 * @throws Error that says how to get a version that is not there
 */
export function programsOf(version?: string): Programs {
  const folder = version === undefined ? undefined : resolve(TOOLS, version);
  for (const name of ['valkey', 'redis']) {
    const server = find(folder, `${name}-server`);
    if (server !== undefined) return { server, client: resolve(dirname(server), `${name}-cli`) };
  }
  throw new Error(
    version === undefined
      ? 'Neither valkey-server nor redis-server is on PATH: npm run setup.'
      : `${version} is not in .tools/redis: \`npm run redis-versions\` puts it there.`,
  );
}

function find(folder: string | undefined, name: string): string | undefined {
  if (folder !== undefined) return existsSync(resolve(folder, name)) ? resolve(folder, name) : undefined;
  return spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim() || undefined;
}

/** `redis-cli` or `valkey-cli`. */
export function clientName({ client }: Programs): string {
  return basename(client);
}

/** `7.0`, in the numbers of Redis or of Valkey. */
export function versionOf({ server }: Programs): string {
  return /v=(\d+\.\d+)/.exec(spawnSync(server, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? '';
}
