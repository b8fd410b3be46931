import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirrors } from './apt.mjs';

/** A Debian suite whose kubectl is new enough (1.32), for machines whose own suite has an older one. */
const SUITE = 'trixie';

/**
 * Unpacks kubectl from a newer Debian suite into `.tools/`, with apt's own signature checks but with lists and caches of
 * its own, so that the machine's sources stay as they are.
 */
export function unpackKubectl(tools, say) {
  const [mirror] = debianMirrors();
  if (mirror === undefined) return false;
  say(`Unpacking kubectl from Debian ${SUITE} …`);
  const work = join(tools, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'unpacked'])
    mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, 'sources.list'), `deb ${mirror} ${SUITE} main\n`);
  const options = [
    ['Dir::Etc::SourceList', join(work, 'sources.list')],
    ['Dir::Etc::SourceParts', '-'],
    ['Dir::State::Lists', join(work, 'lists')],
    ['Dir::Cache', join(work, 'cache')],
    // What is installed here under the same name must not count as the newest version.
    ['Dir::State::status', '/dev/null'],
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const apt = (args) => spawnSync('apt-get', [...options, ...args], { cwd: work, encoding: 'utf8' }).status === 0;
  try {
    for (const name of ['kubectl', 'kubernetes-client']) {
      if (!apt(['update']) || !apt(['download', name])) continue;
      const archive = readdirSync(work).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
      if (archive === undefined) continue;
      spawnSync('dpkg-deb', ['-x', join(work, archive), join(work, 'unpacked')]);
      const program = join(work, 'unpacked/usr/bin/kubectl');
      if (!existsSync(program)) continue;
      copyFileSync(program, join(tools, 'bin/kubectl'));
      return true;
    }
    return false;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
