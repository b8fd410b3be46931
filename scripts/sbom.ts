/**
 * The software bill of materials: every npm package that the product depends on at run time, and which bundles have it inside.
 * From the lock file and the licence files that the build writes beside the bundles, and from nothing else, so that it is the
 * same bytes everywhere. CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionFolders } from './action-folders.ts';

/** Of a package in the lock file. */
interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
}

/** A package with its place in the lock file. */
interface Package extends Locked {
  path: string;
  name: string;
}

/** The packages that are not for development alone, by path. */
export function runtimePackages(lock: { packages: Record<string, Locked> }): Package[] {
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, facts]) => ({ ...facts, path, name: path.slice(path.lastIndexOf('node_modules/') + 13) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The names and licences in a licence file of a bundle: each a line of its own, above the text. */
export function licensesIn(text: string, names: readonly string[]): Map<string, string> {
  const lines = text.split('\n');
  const found = lines.flatMap((line, index): [string, string][] =>
    names.includes(line) && lines[index + 1] !== '' ? [[line, lines[index + 1] ?? '']] : [],
  );
  return new Map(found);
}

function component(one: Package, bundles: readonly string[]): unknown {
  const { name, version, license, integrity = '' } = one;
  const [algorithm, digest = ''] = integrity.split('-');
  const group = name.startsWith('@') ? name.split('/')[0] : undefined;
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': `${purl}#${one.path}`,
    ...(group === undefined ? {} : { group }),
    name: group === undefined ? name : name.slice(group.length + 1),
    version,
    scope: bundles.length > 0 ? 'required' : 'excluded',
    ...(algorithm === 'sha512'
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
    ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    purl,
    properties: bundles.map((bundle) => ({ name: 'bundle', value: bundle })),
  };
}

/** Where Node looks first: the package itself, not one of its name inside another. */
const isTop = ({ path, name }: Package): boolean => path === `node_modules/${name}`;

/** The document's text. */
export function renderSbom(root: string): string {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const { name, version, license } = JSON.parse(read('package.json')) as {
    name: string;
    version: string;
    license: string;
  };
  const packages = runtimePackages(JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> });
  const names = packages.map((one) => one.name);
  const bundled = new Map(
    actionFolders(root).map((folder) => [folder, licensesIn(read(`${folder}/dist/licenses.txt`), names)]),
  );
  const components = packages.map((one) =>
    component(
      one,
      [...bundled].filter(([, licenses]) => isTop(one) && licenses.has(one.name)).map(([folder]) => folder),
    ),
  );
  const own = { type: 'application', 'bom-ref': name, name, version, licenses: [{ license: { id: license } }] };
  const serial = createHash('sha256')
    .update(JSON.stringify([own, components]))
    .digest('hex');
  // A UUID of version 8, made of the content: equal contents have equal numbers.
  const parts = [
    serial.slice(0, 8),
    serial.slice(8, 12),
    `8${serial.slice(13, 16)}`,
    `a${serial.slice(17, 20)}`,
    serial.slice(20, 32),
  ];
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${parts.join('-')}`,
      version: 1,
      metadata: { component: own },
      components,
    },
    null,
    1,
  )}\n`;
}
