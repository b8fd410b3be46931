/** The files of a root: what a plan is made from besides variables. */
import { createHash, hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Configuration and its variables; not state, plans, caches or the lock file, which is compared by itself. */
const CONFIGURATION = /\.(tf|tofu|tfvars)(\.json)?$/;

/** A digest over the names and contents of a root's files, those of modules below it included, and over further files. */
export function digestOfRoot(directory: string, further: readonly string[]): string {
  const digest = createHash('sha256');
  for (const file of configurationFiles(directory))
    digest.update(JSON.stringify([file, hash('sha256', readFileSync(join(directory, file)))]));
  for (const file of further) digest.update(hash('sha256', readFileSync(file)));
  return digest.digest('hex');
}

function configurationFiles(directory: string, below = ''): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(below, entry.name);
      if (entry.isDirectory()) return configurationFiles(directory, path);
      return CONFIGURATION.test(entry.name) ? [path] : [];
    })
    .sort();
}

const LOCK_FILE = '.terraform.lock.hcl';

/** Whether a root came with a lock file of its providers. */
export function hasLockFile(directory: string): boolean {
  return existsSync(join(directory, LOCK_FILE));
}

/** Digest of the lock file, without its comments. */
export function digestOfLockFile(directory: string): string {
  const lines = readLockFile(directory).split('\n');
  return hash('sha256', lines.filter((line) => !/^\s*#/.test(line)).join('\n'));
}

/** The providers' versions, as the lock file has them after init. */
export function lockedProviders(directory: string): Record<string, string> {
  const blocks = readLockFile(directory).matchAll(/^provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"/gm);
  return Object.fromEntries([...blocks].map(([, name = '', version = '']) => [name, version]));
}

function readLockFile(directory: string): string {
  return hasLockFile(directory) ? readFileSync(join(directory, LOCK_FILE), 'utf8') : '';
}
