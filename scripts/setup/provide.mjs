import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { unpackKubectl } from './kubectl.mjs';
import { root } from './packages.mjs';
import { provideRedisVersions } from './redis-versions.mjs';
import { provideTofu } from './tofu.mjs';
import { find, IMAGE_TOOLS, TOOLS } from './tools.mjs';

const tools = join(root, '.tools');
const bin = join(tools, 'bin');

/** Folders to look in: what was put into `.tools/` last, so that a machine's own program counts when it is new enough. */
function folders() {
  return [...(process.env.PATH ?? '').split(':').filter((folder) => folder !== '' && !folder.startsWith(root)), bin];
}

/** What is found and what is missing. Of a pair of alternatives one is enough. */
function survey(wanted) {
  const results = new Map(wanted.map((tool) => [tool.name, { tool, ...find(tool, folders()) }]));
  const missing = [...results.values()].filter(
    ({ tool, path }) => path === undefined && results.get(tool.or)?.path === undefined,
  );
  return { results, missing };
}

/** How a person would get a program that could not be installed here. */
function advice(tool) {
  if (tool.name === 'kubectl') return 'https://kubernetes.io/docs/tasks/tools/';
  if (tool.or !== undefined)
    return 'https://opentofu.org/docs/intro/install/ or https://developer.hashicorp.com/terraform/install';
  return `apt-get install ${tool.packages.join(' ')}`;
}

/**
 * Finds or installs every program; those that images are built with, and servers of other versions, only for whom needs some.
 *
 * @returns the PATH to run with: it begins with a folder of links to exactly the programs that were found
 */
export async function provideTools(say, { images = false, redisVersions = false } = {}) {
  const wanted = images ? [...TOOLS, ...IMAGE_TOOLS] : TOOLS;
  mkdirSync(bin, { recursive: true });
  let { results, missing } = survey(wanted);
  if (missing.length > 0) {
    say(`Missing or too old: ${missing.map(({ tool }) => tool.name).join(', ')}`);
    const packages = [...new Set(missing.flatMap(({ tool }) => tool.packages))];
    if (packages.length > 0) aptInstall(packages, say);
    if (missing.some(({ tool }) => tool.name === 'kubectl')) unpackKubectl(tools, say);
    if (missing.some(({ tool }) => tool.name === 'tofu')) await provideTofu(bin, say);
    ({ results, missing } = survey(wanted));
  }
  if (missing.length > 0) {
    const lines = missing.map(({ tool, rejected }) => {
      const why = rejected.length === 0 ? 'is not on PATH' : `is too old or incomplete (${rejected.join(', ')})`;
      return `  ${tool.name} ${tool.least} or later ${why}; to install it: ${advice(tool)}`;
    });
    throw new Error(`Some programs are missing and could not be installed here:\n${lines.join('\n')}`);
  }
  if (redisVersions) {
    const unknown = provideRedisVersions(say);
    if (unknown.length > 0) say(`Not to be had here, and the tests that need them will fail: ${unknown.join(', ')}`);
  }
  const links = join(tools, 'links');
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { recursive: true });
  for (const [name, { path }] of results)
    if (path !== undefined && existsSync(path)) symlinkSync(path, join(links, name));
  return [links, ...folders()].join(':');
}
