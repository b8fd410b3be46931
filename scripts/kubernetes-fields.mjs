/**
 * Makes test/manifests/kubernetes-fields.generated.json: the fields of the kinds in manifests/, in the oldest Kubernetes version that
 * they must fit and in the newest, from the generated models of the Python client (PyPI package kubernetes, Apache-2.0).
 *
 *   pip download --no-deps kubernetes==30.1.0 && pip download --no-deps kubernetes
 *   node scripts/kubernetes-fields.mjs kubernetes-*.whl
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const target = new URL('../test/manifests/kubernetes-fields.generated.json', import.meta.url);
const kinds = [
  'ConfigMap',
  'Deployment',
  'Job',
  'Namespace',
  'NetworkPolicy',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'PriorityClass',
  'Service',
  'ServiceAccount',
  'StatefulSet',
];

const wheels = process.argv.slice(2);
if (wheels.length === 0) throw new Error('Usage: node scripts/kubernetes-fields.mjs kubernetes-30.1.0-….whl …');

const unzip = (...args) => execFileSync('unzip', args, { encoding: 'utf8', maxBuffer: 1 << 26 });

/** A dictionary literal of the generated code, `'a': 'b'` a line. */
function dictionary(text, name) {
  const body = new RegExp(`${name} = \\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/'([^']+)': '([^']+)'/g)].map(([, key, value]) => [key, value]);
}

/** Fields with their Python types: of the classes that versions before 37 have, and of the pydantic models since. */
function declared(text) {
  const types = Object.fromEntries(dictionary(text, 'openapi_types'));
  const map = dictionary(text, 'attribute_map');
  if (map.length > 0) return map.map(([attribute, field]) => [field, types[attribute] ?? 'object']);
  const body = text.slice(text.indexOf('(BaseModel):'));
  return [...body.matchAll(/^ {4}([a-z]\w*): ([^=\n]+?)(?: = (.*))?$/gm)]
    .filter(([, , type]) => !type.startsWith('ClassVar'))
    .map(([, name, type, rest = '']) => [/serialization_alias="([^"]+)"/.exec(rest)?.[1] ?? name, type]);
}

function fieldsOf(wheel) {
  const files = unzip('-Z1', wheel)
    .split('\n')
    .filter((path) => path.includes('/client/models/'));
  const plain = (text) => text.replaceAll('_', '').toLowerCase();
  const types = {};
  const add = (model) => {
    if (types[model] !== undefined) return;
    const file = files.find((path) => plain(path.split('/').at(-1)) === `${model.toLowerCase()}.py`);
    if (file === undefined) throw new Error(`${basename(wheel)} has no model ${model}.`);
    types[model] = {};
    for (const [field, type] of declared(unzip('-p', wheel, file))) {
      const inner = /\b(V\d\w+)\b/.exec(type)?.[1];
      types[model][field] = inner === undefined ? '' : /\bdict\b/i.test(type) ? `{}${inner}` : inner;
      if (inner !== undefined) add(inner);
    }
  };
  for (const kind of kinds) add(`V1${kind}`);
  return types;
}

const versions = wheels.map((wheel) => [`1.${/-(\d+)\./.exec(basename(wheel))?.[1]}`, fieldsOf(wheel)]);
const texts = versions.map(([version, types]) => {
  const sorted = Object.entries(types).sort(([left], [right]) => (left < right ? -1 : 1));
  const lines = sorted.map(([model, fields]) => `    ${JSON.stringify(model)}: ${JSON.stringify(fields)}`);
  return `  ${JSON.stringify(version)}: {\n${lines.join(',\n')}\n  }`;
});
writeFileSync(target, `{\n${texts.join(',\n')}\n}\n`);
console.log(versions.map(([version, types]) => `${version}: ${Object.keys(types).length} types`).join(', '));
