/**
 * Makes rehearsal/kubernetes/schema/kubernetes.json: for every kind that the Kubernetes stand-in serves, the fields, their
 * types and how their lists merge, cut from the schema that a real API server's server-side apply uses itself
 * (applyconfigurations/internal/internal.go of k8s.io/client-go, Apache-2.0).
 *
 *   apt-get download golang-k8s-client-go-dev      (Debian trixie or later)
 *   node scripts/kubernetes-schema.mjs golang-k8s-client-go-dev_*.deb
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { resourceTypes } from '../rehearsal/kubernetes/resources.ts';

const source = 'usr/share/gocode/src/k8s.io/client-go/applyconfigurations/internal/internal.go';
const target = new URL('../rehearsal/kubernetes/schema/kubernetes.json', import.meta.url);

const deb = process.argv[2];
if (deb === undefined) {
  throw new Error('Usage: node scripts/kubernetes-schema.mjs golang-k8s-client-go-dev_VERSION_all.deb');
}
const limit = { maxBuffer: 512 * 1024 * 1024 };
const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', deb], limit);
const go = execFileSync('tar', ['-xO', `./${source}`], { ...limit, input: archive }).toString('utf8');
const version = execFileSync('dpkg-deb', ['--field', deb, 'Version']).toString('utf8').trim();

const published = parse(go.slice(go.indexOf('YAMLObject(`') + 'YAMLObject(`'.length, go.lastIndexOf('`)')));
const byName = new Map(published.types.map((type) => [type.name, type]));
const used = new Map();
const keyed = [];

/** An inline type in short form: a name, or what it holds. Lists without `set` or `keys` are atomic. */
function short(type) {
  if (type.namedType !== undefined && type.elementRelationship === 'separable') {
    const { fields } = short(byName.get(type.namedType));
    return { fields };
  }
  if (type.namedType !== undefined) {
    return type.namedType.startsWith('__untyped') ? 'any' : reference(type.namedType);
  }
  if (type.list !== undefined && type.scalar !== undefined) {
    return 'any';
  }
  if (type.scalar !== undefined) {
    return type.scalar;
  }
  if (type.list !== undefined) {
    const { elementType, elementRelationship, keys } = type.list;
    const list = short(elementType);
    if (keys !== undefined) {
      keyed.push({ element: list, keys });
      return { list, keys };
    }
    return elementRelationship === 'associative' ? { list, set: true } : { list };
  }
  const atomic = type.map.elementRelationship === 'atomic' ? { atomic: true } : {};
  if (type.map.fields === undefined) {
    return type.map.elementType.list === undefined ? { map: short(type.map.elementType), ...atomic } : 'any';
  }
  const fields = Object.fromEntries(type.map.fields.map((field) => [field.name, short(field.type)]));
  return { fields, ...atomic };
}

function reference(name) {
  if (!used.has(name)) {
    used.set(name, undefined);
    used.set(name, short(byName.get(name)));
  }
  return name;
}

const kinds = {};
for (const { group, version: apiVersion, kind } of resourceTypes) {
  const folder = group === '' ? 'core' : group.replace(/\.k8s\.io$|\.authorization\.k8s\.io$/, '');
  const name = `io.k8s.api.${folder}.${apiVersion}.${kind}`;
  if (byName.has(name)) {
    kinds[kind] = reference(name);
  }
}

/** Defaults matter to merging only where a list key may be left out, as a port's protocol. */
for (const { element, keys } of keyed) {
  for (const field of byName.get(element)?.map.fields ?? []) {
    if (keys.includes(field.name) && field.default !== undefined) {
      used.get(element).defaults = { ...used.get(element).defaults, [field.name]: field.default };
    }
  }
}

const types = Object.fromEntries([...used].sort(([left], [right]) => (left < right ? -1 : 1)));
const lines = Object.entries(types).map(([name, type]) => `    ${JSON.stringify(name)}: ${JSON.stringify(type)}`);
const head = JSON.stringify({ package: 'golang-k8s-client-go-dev', version, file: source });
writeFileSync(
  target,
  `{\n  "source": ${head},\n  "kinds": ${JSON.stringify(kinds)},\n  "types": {\n${lines.join(',\n')}\n  }\n}\n`,
);
console.log(`${Object.keys(kinds).length} kinds, ${lines.length} types from ${version}`);
