import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const stamp = join(root, 'node_modules/.installed-from');

/** Installs the npm packages of the lock file, unless they are what is installed. */
export function installPackages(say) {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const linked = join(root, 'node_modules/.bin/node');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(linked)) return;
  say('Installing the npm packages …');
  // npm warns that the system's Node is older than some packages want; they run on the Node 24 that comes with them.
  // No package's install script runs: none is needed but that of `node`, which fetches the program and is called below.
  const install = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (install.status !== 0)
    throw new Error('The npm packages could not be installed: `npm ci` failed; its message is above.');
  if (!existsSync(node24()))
    spawnSync(process.execPath, ['installArchSpecificPackage'], {
      cwd: join(root, 'node_modules/node'),
      stdio: 'inherit',
    });
  if (!existsSync(node24()))
    throw new Error(
      'Node 24 is not in node_modules: the install script of the npm package `node` did not run; try `npm rebuild node`.',
    );
  // npm links no program that is not there yet.
  rmSync(linked, { force: true });
  symlinkSync('../node/bin/node', linked);
  writeFileSync(stamp, wanted);
}

/** The Node that everything but the set-up runs on. */
export function node24() {
  return join(root, 'node_modules/node/bin/node');
}
