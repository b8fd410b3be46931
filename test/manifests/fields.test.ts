/** Every field of every manifest is one that Kubernetes has, from the oldest version that the toolkit supports to the newest. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';

const manifests = resolve(import.meta.dirname, '../../manifests');
const versions = JSON.parse(
  readFileSync(join(import.meta.dirname, 'kubernetes-fields.generated.json'), 'utf8'),
) as Record<string, Types>;

/** Fields of each model; a field's value is the model of what is in it, `{}` before it for a map, empty for a plain value. */
type Types = Record<string, Record<string, string>>;

/** Folders with a kustomization of their own; components are built with the base that they change. */
const folders = readdirSync(manifests, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('kustomization.yaml'))
  // A component is no whole by itself: it is built with what it is added to.
  .filter((path) => !/^kind: Component$/m.test(readFileSync(join(manifests, path), 'utf8')))
  .map((path) => dirname(path));

/** Objects in files as they are, for the components. */
const loose = readdirSync(join(manifests, 'components'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
  .map((path) => join('components', path));

/** Paths of fields that the types do not have. */
function unknownFields(value: unknown, model: string, types: Types, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownFields(item, model, types, `${path}[]`));
  if (typeof value !== 'object' || value === null || model === '') return [];
  if (model.startsWith('{}')) {
    return Object.entries(value).flatMap(([key, item]) => unknownFields(item, model.slice(2), types, `${path}.${key}`));
  }
  const fields = types[model] ?? {};
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = fields[key];
    return inner === undefined ? [`${path}.${key}`] : unknownFields(item, inner, types, `${path}.${key}`);
  });
}

function problemsOf(text: string, types: Types): string[] {
  return parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } } | null)
    .filter((object) => object !== null)
    .filter(({ kind }) => types[`V1${kind}`] !== undefined)
    .flatMap((object) => unknownFields(object, `V1${object.kind}`, types, `${object.kind}/${object.metadata.name} `));
}

const built = folders.map((folder): [string, string] => [
  relative('.', folder) || 'all of it',
  execFileSync('kubectl', ['kustomize', join(manifests, folder)], { encoding: 'utf8' }),
]);
const files = loose.map((file): [string, string] => [file, readFileSync(join(manifests, file), 'utf8')]);

describe.each(Object.entries(versions))('Kubernetes %s', (_, types) => {
  test.each([...built, ...files])('has every field of %s', (_, text) => {
    expect(problemsOf(text, types)).toEqual([]);
  });

  test('has not every field', () => {
    const planted = 'kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{naem: b}]}}}\n';
    expect(problemsOf(planted, types)).toEqual(['Deployment/a .spec.template.spec.containers[].naem']);
  });
});

test('the oldest version is that of the kubectl that the toolkit asks for', () => {
  const source = readFileSync(resolve(manifests, '../toolkit/kube/kubectl.ts'), 'utf8');
  expect(Object.keys(versions)[0]).toBe(`1.${/OLDEST_MINOR = (\d+)/.exec(source)?.[1]}`);
});
