/** A build context as ACR Tasks wants it: one tar.gz of a folder, without what .dockerignore leaves out. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../errors.ts';
import { parseDockerignore } from './dockerignore.ts';
import { type TarEntry, writeTar } from './tar.ts';

/** A packed context. */
export interface BuildContext {
  /** The tar.gz. */
  archive: Buffer;
  /** SHA-256, hexadecimal, of paths, modes and contents: the same for the same files wherever and whenever packed. */
  contentHash: string;
  /** How many files it holds. */
  files: number;
}

/**
 * Packs the folder.
 *
 * `<dockerfile>.dockerignore` is used before `.dockerignore`, as Docker does. The Dockerfile itself is always in, also when
 * a rule leaves it out, and `.git` never is.
 *
 * @param dockerfile path relative to the folder
 * @throws UserError when the folder or the Dockerfile is missing
 */
export function packContext(folder: string, dockerfile: string): BuildContext {
  if (!existsSync(folder)) throw new UserError(`The build context ${folder} does not exist.`);
  if (!existsSync(join(folder, dockerfile)))
    throw new UserError(`There is no ${dockerfile} in the build context ${folder}.`);
  const rules = [`${dockerfile}.dockerignore`, '.dockerignore'].find((name) => existsSync(join(folder, name)));
  const ignored = parseDockerignore(rules === undefined ? '' : readFileSync(join(folder, rules), 'utf8'));
  const entries = listPaths(folder)
    .filter((path) => path !== '.git' && !path.startsWith('.git/'))
    .filter((path) => path === dockerfile || !ignored(path))
    .flatMap((path) => readEntry(folder, path));
  const archive = writeTar(entries);
  return {
    archive: gzipSync(archive),
    contentHash: createHash('sha256').update(archive).digest('hex'),
    files: entries.filter(({ kind }) => kind !== 'folder').length,
  };
}

/** All paths below the folder, slash-separated, sorted by their bytes so that no locale has a say. */
function listPaths(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Sockets and the like cannot be in an image and are left out. */
function readEntry(folder: string, path: string): TarEntry[] {
  const full = join(folder, path);
  const stat = lstatSync(full);
  if (stat.isDirectory()) return [{ path, kind: 'folder' }];
  if (stat.isSymbolicLink()) return [{ path, kind: 'link', target: readlinkSync(full) }];
  if (!stat.isFile()) return [];
  return [{ path, kind: 'file', content: readFileSync(full), executable: (stat.mode & 0o100) !== 0 }];
}
