import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The programs, what tells their version, the least version, and the Debian packages that bring them. `also` are folders
 * outside PATH where distributions keep them, looked for each time because an installation makes some.
 */
export const TOOLS = [
  { name: 'git', args: ['--version'], least: '2.30', packages: ['git'] },
  { name: 'unshare', args: ['--version'], least: '2.36', packages: ['util-linux'] },
  { name: 'setpriv', args: ['--version'], least: '2.36', packages: ['util-linux'] },
  { name: 'redis-server', args: ['--version'], least: '6.2', packages: ['redis-server'] },
  { name: 'redis-cli', args: ['--version'], least: '6.2', packages: ['redis-tools'] },
  { name: 'pgbouncer', args: ['--version'], least: '1.18', packages: ['pgbouncer'], also: () => ['/usr/sbin'] },
  { name: 'postgres', args: ['--version'], least: '13', packages: ['postgresql'], also: postgresFolders },
  { name: 'initdb', args: ['--version'], least: '13', packages: ['postgresql'], also: postgresFolders },
  { name: 'psql', args: ['--version'], least: '13', packages: ['postgresql-client'], also: postgresFolders },
  {
    name: 'php',
    args: [
      '-r',
      'echo PHP_VERSION, " ", phpversion("redis") && extension_loaded("pgsql") ? "complete" : "incomplete";',
    ],
    least: '8.1',
    complete: true,
    packages: ['php-cli', 'php-pgsql', 'php-redis'],
  },
  {
    name: 'php-fpm',
    args: ['--version'],
    least: '8.1',
    packages: ['php-fpm'],
    also: () => ['/usr/sbin'],
    pattern: /^php-fpm(\d+\.\d+)?$/,
  },
  { name: 'curl', args: ['--version'], least: '7.74', packages: ['curl'] },
  { name: 'shellcheck', args: ['--version'], least: '0.7', packages: ['shellcheck'] },
  { name: 'nginx', args: ['-v'], least: '1.18', packages: ['nginx-light'], also: () => ['/usr/sbin'] },
  { name: 'kubectl', args: ['version', '--client', '-o', 'json'], least: '1.30', packages: [] },
  { name: 'terraform', args: ['version', '-json'], least: '1.9', packages: [], or: 'tofu' },
  { name: 'tofu', args: ['version', '-json'], least: '1.8', packages: [], or: 'terraform' },
];

/** What `npm run images` needs beside them. */
export const IMAGE_TOOLS = [
  { name: 'buildah', args: ['--version'], least: '1.28', packages: ['buildah'] },
  { name: 'debootstrap', args: ['--version'], least: '1.0', packages: ['debootstrap'], also: () => ['/usr/sbin'] },
];

/** Debian keeps PostgreSQL's servers side by side, newest wanted first. */
function postgresFolders() {
  try {
    return readdirSync('/usr/lib/postgresql')
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

/** Whether `a` is at least `b`, number by number. */
export function atLeast(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < right.length; i += 1) {
    if ((left[i] ?? 0) !== right[i]) return (left[i] ?? 0) > right[i];
  }
  return true;
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Every file of that name, in the order of the folders. */
function candidates(tool, folders) {
  return [...folders, ...(tool.also?.() ?? [])]
    .flatMap((folder) => {
      if (tool.pattern === undefined) return [join(folder, tool.name)];
      try {
        return readdirSync(folder)
          .filter((name) => tool.pattern.test(name))
          .map((name) => join(folder, name));
      } catch {
        return [];
      }
    })
    .filter(executable);
}

/** The first that is new enough, with its version; or what was wrong with those that were there. */
export function find(tool, folders) {
  const rejected = [];
  for (const path of candidates(tool, folders)) {
    const { stdout, stderr } = spawnSync(path, tool.args, {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' },
    });
    const text = `${stdout}\n${stderr}`;
    const version = /(\d+\.\d+(\.\d+)?)/.exec(text)?.[1];
    if (version === undefined) rejected.push(`${path} does not tell its version`);
    else if (!atLeast(version, tool.least)) rejected.push(`${path} is ${version}`);
    else if (tool.complete && text.includes('incomplete')) rejected.push(`${path} lacks the extensions pgsql or redis`);
    else return { path, version };
  }
  return { rejected };
}
