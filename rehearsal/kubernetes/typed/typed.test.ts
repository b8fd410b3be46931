import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkTyped, decodingMessage, mergingMessage } from './check.ts';
import { compareTyped } from './compare.ts';
import { extractFieldSet } from './extract.ts';
import {
  decodeFieldSet,
  difference,
  encodeFieldSet,
  equalSets,
  type FieldSet,
  fieldSetOfPaths,
  intersection,
  printPath,
  union,
} from './field-set.ts';
import { mergeTyped, removeFields } from './merge.ts';
import { kubernetesVersion } from './schema.ts';

const podSpec = 'io.k8s.api.core.v1.PodSpec';
const container = (name: string, fields: Record<string, unknown> = {}) => ({ name, ...fields });
const containers = (...items: unknown[]) => ({ containers: items });
const pathsOf = (set: FieldSet) => [...set.paths()].map(printPath);

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:"y"');
const fieldSet = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 }).map(fieldSetOfPaths);

describe('field sets', () => {
  test('survive the FieldsV1 form', () => {
    fc.assert(fc.property(fieldSet, (set) => equalSets(decodeFieldSet(encodeFieldSet(set)), set)));
  });

  test('obey the laws of sets', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        expect(equalSets(union(difference(a, b), intersection(a, b)), a)).toBe(true);
        expect(intersection(difference(a, b), b).isEmpty()).toBe(true);
        expect(equalSets(union(a, b), union(b, a))).toBe(true);
      }),
    );
  });

  test('print paths as conflicts do', () => {
    const path = ['f:spec', 'f:ports', 'k:{"containerPort":80,"protocol":"TCP"}', 'f:name'];
    expect(printPath(path)).toBe('.spec.ports[containerPort=80,protocol="TCP"].name');
    expect(printPath(['f:metadata', 'f:finalizers', 'v:"x"'])).toBe('.metadata.finalizers[="x"]');
  });
});

describe('the fields of a configuration', () => {
  test('are leaves, items, atomic lists as wholes, and empty maps', () => {
    const set = extractFieldSet(podSpec, {
      containers: [container('web', { args: ['-x'], ports: [{ containerPort: 80 }] })],
      nodeSelector: { disk: 'ssd' },
      securityContext: {},
    });
    expect(pathsOf(set)).toEqual([
      '.nodeSelector',
      '.securityContext',
      '.containers[name="web"]',
      '.containers[name="web"].args',
      '.containers[name="web"].name',
      '.containers[name="web"].ports[containerPort=80,protocol="TCP"]',
      '.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
    ]);
  });
});

describe('merge', () => {
  test('keyed lists merge by key: shared items in the new order, foreign items where they stood', () => {
    const live = containers(container('foreign'), container('a', { image: 'a:1', tty: true }), container('b'));
    const config = containers(container('b'), container('a', { image: 'a:2' }), container('new'));
    expect(mergeTyped(podSpec, live, config)).toEqual(
      containers(container('foreign'), container('b'), container('a', { image: 'a:2', tty: true }), container('new')),
    );
  });

  test('items of one side keep their place between shared ones', () => {
    const live = containers(container('x'), container('a'), container('y'), container('b'), container('z'));
    const config = containers(container('a'), container('b'));
    expect(mergeTyped(podSpec, live, config)).toEqual(live);
  });

  test('merging twice is merging once, and nothing of the configuration is lost', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const item = fc.record({ name, image: fc.constantFrom('x', 'y') });
    const list = fc
      .uniqueArray(item, { selector: (value) => value.name, maxLength: 4 })
      .map((items) => containers(...items));
    fc.assert(
      fc.property(list, list, (live, config) => {
        const once = mergeTyped(podSpec, live, config);
        expect(mergeTyped(podSpec, once, config)).toEqual(once);
        expect(difference(extractFieldSet(podSpec, config), extractFieldSet(podSpec, once)).isEmpty()).toBe(true);
        expect(difference(extractFieldSet(podSpec, live), extractFieldSet(podSpec, once)).isEmpty()).toBe(true);
      }),
    );
  });

  test('removing what was added gives back what was there', () => {
    const live = containers(container('a', { image: 'a:1' }));
    const merged = mergeTyped(podSpec, live, containers(container('a', { tty: true }), container('b')));
    const { added } = compareTyped(podSpec, live, merged);
    expect(removeFields(podSpec, merged, added)).toEqual(live);
  });
});

describe('compare', () => {
  test('tells added, modified and removed apart, with the parents of what came and went', () => {
    const before = containers(container('a', { image: 'a:1', stdin: true }));
    const after = containers(container('a', { image: 'a:2' }), container('b'));
    const { added, modified, removed } = compareTyped(podSpec, before, after);
    expect(pathsOf(added)).toEqual(['.containers[name="b"]', '.containers[name="b"].name']);
    expect(pathsOf(modified)).toEqual(['.containers[name="a"].image']);
    expect(pathsOf(removed)).toEqual(['.containers[name="a"].stdin']);
  });

  test('atomic lists change as wholes', () => {
    const { modified } = compareTyped(
      podSpec,
      containers(container('a', { args: ['1', '2'] })),
      containers(container('a', { args: ['1', '3'] })),
    );
    expect(pathsOf(modified)).toEqual(['.containers[name="a"].args']);
  });
});

describe('check', () => {
  const messages = (value: unknown) =>
    checkTyped(podSpec, value).map((finding) => [decodingMessage(finding), mergingMessage(finding)]);

  test('says the same finding in the words of decoding and of merging', () => {
    expect(messages(containers(container('a', { img: 'x' })))).toEqual([
      ['unknown field "containers[0].img"', '.containers[name="a"].img: field not declared in schema'],
    ]);
    expect(messages(containers(container('a', { env: [{ name: 'A', value: 80 }] })))).toEqual([
      [
        'json: cannot unmarshal number into Go struct field EnvVar.containers.env.value of type string',
        '.containers[name="a"].env[name="A"].value: expected string, got &value.valueUnstructured{Value:80}',
      ],
    ]);
  });

  test('finds nothing in what is right, and leaves null alone', () => {
    expect(messages({ containers: [container('a', { args: null })], nodeName: null })).toEqual([]);
  });
});

test('the schema names the version that the server claims', () => {
  expect(kubernetesVersion).toMatch(/^v1\.\d+\.\d+$/);
});
