/**
 * What the stand-in for Moodle shows of a build's arguments: the release, and the plugins. The image's RUN instructions,
 * which would fetch them, are left out here; so a rehearsal of an upgrade is a change of the environment file, as in life.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** First part of the version numbers of a branch: the day it was branched (Moodle's version.php). */
const BRANCHED: Readonly<Record<string, string>> = {
  '4.5': '20241007',
  '5.0': '20250414',
  '5.1': '20251006',
  '5.2': '20260420',
  '5.3': '20261005',
};

/** Kinds of plugins by their directory below the web root. */
const KINDS: Readonly<Record<string, string>> = {
  'admin/tool': 'tool',
  auth: 'auth',
  'availability/condition': 'availability',
  blocks: 'block',
  'cache/stores': 'cachestore',
  'course/format': 'format',
  enrol: 'enrol',
  filter: 'filter',
  local: 'local',
  mod: 'mod',
  'question/type': 'qtype',
  report: 'report',
  repository: 'repository',
  theme: 'theme',
};

/** What a plugin is of when its address does not say. */
const PLUGIN_VERSION = '2026010100';

/**
 * Files below the web root, by the build arguments of `images/moodle`.
 *
 * @throws Error naming a release or a directory that the stand-in has no place for
 */
export function moodleCode(given: Readonly<Record<string, string>>): Record<string, string> {
  const { MOODLE_VERSION: release, PLUGINS: plugins = '' } = given;
  return {
    ...(release === undefined ? {} : { 'version.php': coreVersion(release) }),
    ...Object.fromEntries(
      plugins
        .split(/[;\n]/)
        .map((line) => line.trim().split(/\s+/))
        .filter(([path]) => path !== '')
        .map(([path = '', url = '']) => [`${path}/version.php`, pluginVersion(path, url)]),
    ),
  };
}

/** Lays them into a folder. */
export async function layMoodleCode(folder: string, given: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(moodleCode(given))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function coreVersion(release: string): string {
  const [, branch = '', major = '', minor = '', patch = '0'] = /^((\d+)\.(\d+))(?:\.(\d+))?$/.exec(release) ?? [];
  const branched = BRANCHED[branch];
  if (branched === undefined) {
    throw new Error(`The rehearsal's Moodle can be of ${Object.keys(BRANCHED).join(', ')}, and not of "${release}".`);
  }
  return file(`$version = ${branched}${patch.padStart(2, '0')}.00;
$release = '${release} (Build: 20260101)';
$branch = '${major}${minor.padStart(2, '0')}';
$maturity = MATURITY_STABLE;`);
}

function pluginVersion(path: string, url: string): string {
  const kind = KINDS[path.slice(0, path.lastIndexOf('/'))];
  if (kind === undefined) throw new Error(`The rehearsal's Moodle has no plugins in "${path}".`);
  const version = /(?<!\d)\d{10}(?!\d)/.exec(url)?.[0] ?? PLUGIN_VERSION;
  return file(`$plugin->component = '${kind}_${path.slice(path.lastIndexOf('/') + 1)}';
$plugin->version = ${version};`);
}

function file(text: string): string {
  return `<?php\ndefined('MOODLE_INTERNAL') || die();\n${text}\n`;
}
