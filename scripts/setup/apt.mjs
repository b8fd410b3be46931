import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** How to act as root: nothing in front, `sudo -n`, or undefined when neither works. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/** Runs a command as root; its output is shown only when it fails. */
function run(prefix, command) {
  const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) console.error(`${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n'));
  return status === 0;
}

/** Debian's own switch against starting services when a package is installed: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt */
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs Debian packages without starting their services. Returns false, having said why, when it could not.
 */
export function aptInstall(packages, say) {
  if (!existsSync('/usr/bin/apt-get')) return false;
  const prefix = asRoot();
  if (prefix === undefined) return false;
  say(`Installing ${packages.join(' ')} with apt …`);
  const ownPolicy = !existsSync(POLICY) && prefix.length === 0;
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
    return run(prefix, install) || (run(prefix, ['apt-get', 'update']) && run(prefix, install));
  } finally {
    if (ownPolicy) rmSync(POLICY);
  }
}

/** Addresses of the Debian mirrors that the machine's own sources name. */
export function debianMirrors() {
  const files = ['/etc/apt/sources.list', ...listFolder('/etc/apt/sources.list.d')].filter(existsSync);
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  return [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/(?:^URIs:|^deb(?: \[[^\]]*\])?)\s+(https?:\/\/\S+?\/debian)\/?(?:\s|$)/gm)].map(
          ([, uri]) => uri,
        ),
      ),
    ),
  ];
}

function listFolder(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [];
}
