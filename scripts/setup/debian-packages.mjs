import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirrors } from './apt.mjs';

/**
 * Unpacks packages of a Debian suite that need not be the machine's own, without installing them. apt checks signatures as
 * always, but has lists and caches of its own, so that the machine's sources stay as they are.
 *
 * @param wanted lists of packages in order of preference: the first of which all can be had is taken
 * @param use called with the folder of the unpacked files, which is gone afterwards
 * @returns false when the machine's sources name no Debian mirror, or it has none of the lists
 */
export function withDebianPackages({ tools, suite, wanted }, use) {
  const [mirror] = debianMirrors();
  if (mirror === undefined) return false;
  const work = mkdtempSync(join(tools, 'apt-'));
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial', 'unpacked'])
      mkdirSync(join(work, folder), { recursive: true });
    writeFileSync(join(work, 'sources.list'), `deb ${mirror} ${suite} main\n`);
    const options = [
      ['Dir::Etc::SourceList', join(work, 'sources.list')],
      ['Dir::Etc::SourceParts', '-'],
      ['Dir::State::Lists', join(work, 'lists')],
      ['Dir::Cache', join(work, 'cache')],
      // What is installed here under the same name must not count as the newest version.
      ['Dir::State::status', '/dev/null'],
      ['APT::Sandbox::User', 'root'],
    ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    const apt = (...args) => spawnSync('apt-get', [...options, ...args], { cwd: work }).status === 0;
    if (!apt('update') || !wanted.some((packages) => apt('download', ...packages))) return false;
    const archives = readdirSync(work).filter((file) => file.endsWith('.deb'));
    for (const archive of archives) spawnSync('dpkg-deb', ['-x', join(work, archive), join(work, 'unpacked')]);
    use(join(work, 'unpacked'));
    return true;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
