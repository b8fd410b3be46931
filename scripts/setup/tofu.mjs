import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The release of OpenTofu that is installed when neither terraform nor tofu is there. */
export const TOFU_VERSION = '1.12.6';

/** Without it the program calls itself a development version, which satisfies no version constraint. */
const RELEASE_FLAG = '-X github.com/opentofu/opentofu/version.dev=no';

/** SHA-256 of the official archives, as the release's own SHA256SUMS lists them. */
const ARCHIVES = {
  x64: { name: 'amd64', sha256: '50a6106fa4de523d09c87af85f3db1dd47535fc005727fdca6852146476b88ec' },
  arm64: { name: 'arm64', sha256: '9bd0228a81bcd0c88f7045c74378f45a815779f19897191dff7d9efba9976b9e' },
};

/** The official release, taken only when its SHA-256 is the pinned one. */
async function download(bin, say) {
  const archive = ARCHIVES[process.arch];
  if (archive === undefined || process.platform !== 'linux') return false;
  const url = `https://github.com/opentofu/opentofu/releases/download/v${TOFU_VERSION}/tofu_${TOFU_VERSION}_linux_${archive.name}.tar.gz`;
  say(`Downloading OpenTofu ${TOFU_VERSION} …`);
  let bytes;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) return false;
    bytes = Buffer.from(await response.arrayBuffer());
  } catch {
    return false;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== archive.sha256)
    throw new Error(`${url} has the SHA-256 ${sha256} and not the pinned ${archive.sha256}: it is not used.`);
  const work = mkdtempSync(join(tmpdir(), 'tofu-'));
  try {
    writeFileSync(join(work, 'tofu.tar.gz'), bytes);
    return spawnSync('tar', ['-xzf', join(work, 'tofu.tar.gz'), '-C', bin, 'tofu']).status === 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The same version from its Go module, whose sum Go checks against the public checksum database. The module replaces some
 * of its dependencies, which `go install` refuses, so it is built from a copy of its sources.
 */
function build(bin, say) {
  const module = spawnSync('go', ['mod', 'download', '-json', `github.com/opentofu/opentofu@v${TOFU_VERSION}`], {
    encoding: 'utf8',
  });
  if (module.status !== 0) return false;
  say(`Building OpenTofu ${TOFU_VERSION} from its Go module; this takes some minutes …`);
  const work = mkdtempSync(join(tmpdir(), 'tofu-'));
  try {
    const sources = join(work, 'opentofu');
    cpSync(JSON.parse(module.stdout).Dir, sources, { recursive: true });
    const { status } = spawnSync('go', ['build', '-ldflags', RELEASE_FLAG, '-o', join(bin, 'tofu'), './cmd/tofu'], {
      cwd: sources,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return status === 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Puts `tofu` into a folder by the first way that works. */
export async function provideTofu(bin, say) {
  return (await download(bin, say)) || build(bin, say);
}
