import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesBetween, describeChanges } from './field-changes.ts';
import type { KubeObject } from './kube.ts';

const object = (more: object, kind = 'Deployment'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  ...more,
});
const container = (image: string, env: object[] = []) => ({
  spec: { template: { spec: { containers: [{ name: 'web', image, env }] } } },
});

describe('what changes', () => {
  test('a container is named, not counted', () => {
    const changes = changesBetween(object(container('a')), object(container('b')));
    expect(describeChanges(changes)).toBe('.spec.template.spec.containers[web].image: a → b');
  });

  test('what the server keeps by itself is no change', () => {
    const noise = { uid: '1', resourceVersion: '2', generation: 3, creationTimestamp: 't', managedFields: [1] };
    const live = { ...object({ status: { replicas: 1 } }), metadata: { name: 'web', ...noise } };
    expect(changesBetween(live as KubeObject, object({}))).toEqual([]);
  });

  test('keys with dots are quoted', () => {
    const annotated = { ...object({}), metadata: { name: 'web', annotations: { 'checksum/moodle-config': 'x' } } };
    expect(changesBetween(object({}), annotated)[0]?.path).toBe('.metadata.annotations');
    const other = { ...annotated, metadata: { name: 'web', annotations: { 'checksum/moodle-config': 'y' } } };
    expect(changesBetween(annotated, other)).toEqual([
      { path: '.metadata.annotations["checksum/moodle-config"]', before: 'x', after: 'y' },
    ]);
  });

  test('a list of one name twice is compared by position', () => {
    const ports = (second: number) =>
      object({
        spec: {
          ports: [
            { name: 'a', port: 1 },
            { name: 'a', port: second },
          ],
        },
      });
    expect(changesBetween(ports(2), ports(3))).toEqual([{ path: '.spec.ports[1].port', before: '2', after: '3' }]);
  });

  test('another order of the same names is a change', () => {
    const list = (...names: string[]) => object({ spec: { env: names.map((name) => ({ name })) } });
    expect(changesBetween(list('a', 'b'), list('b', 'a'))).toEqual([
      { path: '.spec.env (order)', before: '[a][b]', after: '[b][a]' },
    ]);
    expect(changesBetween(list('a', 'b'), list('b'))).toMatchObject([{ path: '.spec.env[a]' }]);
  });

  test('an empty list and an empty map are not the same', () => {
    expect(changesBetween(object({ spec: { a: [] } }), object({ spec: { a: {} } }))).toHaveLength(1);
  });

  test('added and removed fields are told apart', () => {
    const line = describeChanges(changesBetween(object({ spec: { a: 1 } }), object({ spec: { b: 'two' } })));
    expect(line).toBe('.spec.a removed; .spec.b added: two');
  });

  test('many changes are counted, long values cut', () => {
    const spec = (n: number) =>
      object({ spec: Object.fromEntries([...'abcdefgh'].map((key) => [key, `${n}`.repeat(99)])) });
    const line = describeChanges(changesBetween(spec(1), spec(2)));
    expect(line).toMatch(/; and 2 more$/);
    expect(line).toContain('…');
  });
});

describe('secrets', () => {
  test('nothing of a Secret is shown', () => {
    const secret = (value: string) => object({ data: { a: value } }, 'Secret');
    expect(describeChanges(changesBetween(secret('aaa'), secret('bbb')))).toBe('.data.a: (secret) → (secret)');
  });

  test('a variable named as a secret is hidden, the path of its file is not', () => {
    const env = (value: string) => [
      { name: 'DB_PASSWORD', value },
      { name: 'DB_PASSWORD_FILE', value: `/mnt/${value}` },
    ];
    const line = describeChanges(
      changesBetween(object(container('a', env('one'))), object(container('a', env('two')))),
    );
    expect(line).toContain('containers[web].env[DB_PASSWORD].value: (secret) → (secret)');
    expect(line).toContain('env[DB_PASSWORD_FILE].value: /mnt/one → /mnt/two');
  });

  test('a secret inside something that is added whole is hidden too', () => {
    const added = object({ spec: { env: [{ name: 'API_TOKEN', value: 'hunter2' }], clientSecret: 'hunter2' } });
    expect(JSON.stringify(changesBetween(object({}), added))).not.toContain('hunter2');
  });
});

describe('any two objects', () => {
  const named = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.nat(2) }), { maxLength: 3 });
  const spec = fc.dictionary(fc.stringMatching(/^[a-z.]{1,4}$/), fc.oneof(fc.jsonValue({ maxDepth: 3 }), named), {
    maxKeys: 4,
  });

  test('nothing changes exactly when they are the same', () => {
    fc.assert(
      fc.property(spec, spec, (a, b) => {
        expect(changesBetween(object({ spec: a }), object({ spec: a }))).toEqual([]);
        const before = JSON.parse(JSON.stringify(a)) as object;
        const after = JSON.parse(JSON.stringify(b)) as object;
        const changed = changesBetween(object({ spec: before }), object({ spec: after })).length > 0;
        expect(changed).toBe(!equal(before, after));
      }),
    );
  });

  test('the way there names the same paths as the way back', () => {
    fc.assert(
      fc.property(spec, spec, (a, b) => {
        const paths = (x: object, y: object) =>
          changesBetween(object({ spec: x }), object({ spec: y })).map(({ path }) => path);
        expect(paths(a, b).sort()).toEqual(paths(b, a).sort());
      }),
    );
  });

  test('the value of a secret never shows', () => {
    fc.assert(
      fc.property(spec, fc.stringMatching(/^[A-Z]{1,5}_PASSWORD$/), fc.uuid(), (rest, name, value) => {
        const secret = { env: [{ name, value }], [name]: value };
        const changes = changesBetween(object({ spec: rest }), object({ spec: { ...rest, deep: { secret } } }));
        expect(describeChanges(changes, 1000)).not.toContain(value);
      }),
    );
  });
});

/** Equality of JSON that does not look at the order of keys. */
function equal(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}
