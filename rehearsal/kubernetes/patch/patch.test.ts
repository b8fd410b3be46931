import { describe, expect, test } from '@jest/globals';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicPatch } from './strategic.ts';

const podSpec = 'io.k8s.api.core.v1.PodSpec';
const web = { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }], args: ['-x'] };
const pod = { containers: [web, { name: 'side', image: 'side:1' }] };
const patched = (patch: unknown) => strategicPatch(podSpec, pod, patch) as { containers: unknown[] };

describe('strategic merge patch', () => {
  test('merges containers and their environment by name, and replaces atomic lists', () => {
    const change = { name: 'web', image: 'web:2', args: ['-y'], env: [{ name: 'B', value: '2' }] };
    expect(patched({ containers: [change] }).containers).toEqual([
      { ...web, image: 'web:2', args: ['-y'], env: [...web.env, { name: 'B', value: '2' }] },
      { name: 'side', image: 'side:1' },
    ]);
  });

  test('$patch: delete takes an item out, $patch: replace takes the list over', () => {
    expect(patched({ containers: [{ $patch: 'delete', name: 'side' }] }).containers).toEqual([web]);
    const replaced = patched({ containers: [{ $patch: 'replace' }, { name: 'only' }] });
    expect(replaced.containers).toEqual([{ name: 'only' }]);
  });

  test('$setElementOrder orders, $retainKeys drops the other fields', () => {
    const order = { '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }] };
    expect(patched(order).containers).toEqual([{ name: 'side', image: 'side:1' }, web]);
    const volume = { volumes: [{ name: 'v', emptyDir: {} }] };
    const change = { volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', secret: { secretName: 's' } }] };
    expect(strategicPatch(podSpec, volume, change)).toEqual({ volumes: [{ name: 'v', secret: { secretName: 's' } }] });
  });

  test('null removes a field, sets grow, and $deleteFromPrimitiveList shrinks them', () => {
    const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
    const live = { labels: { a: '1' }, finalizers: ['x'] };
    expect(strategicPatch(meta, live, { labels: null, finalizers: ['y'] })).toEqual({ finalizers: ['x', 'y'] });
    const shrunk = strategicPatch(meta, live, { '$deleteFromPrimitiveList/finalizers': ['x'] });
    expect(shrunk).toEqual({ labels: { a: '1' }, finalizers: [] });
  });
});

describe('JSON patch', () => {
  const document = { a: { 'b/c': 1 }, list: [1, 2, 3] };

  test('carries out each operation of RFC 6902', () => {
    const operations = [
      { op: 'test', path: '/a/b~1c', value: 1 },
      { op: 'add', path: '/list/-', value: 4 },
      { op: 'remove', path: '/list/0' },
      { op: 'replace', path: '/a/b~1c', value: 2 },
      { op: 'copy', from: '/a', path: '/copy' },
      { op: 'move', from: '/list/2', path: '/moved' },
    ];
    expect(jsonPatch(document, operations)).toEqual({ a: { 'b/c': 2 }, copy: { 'b/c': 2 }, list: [2, 3], moved: 4 });
    expect(document.list).toEqual([1, 2, 3]);
  });

  test('refuses a failed test, a missing path and an unknown operation', () => {
    expect(() => jsonPatch(document, [{ op: 'test', path: '/list/0', value: 9 }])).toThrow(
      'testing value /list/0 failed',
    );
    expect(() => jsonPatch(document, [{ op: 'remove', path: '/none' }])).toThrow('/none does not exist');
    expect(() => jsonPatch(document, [{ op: 'swap', path: '/a' }])).toThrow('unknown operation "swap"');
  });
});

test('merge patch replaces lists and removes by null (RFC 7386)', () => {
  expect(mergePatch({ a: { b: 1, c: 2 }, list: [1] }, { a: { b: null }, list: [2], d: { e: null } })).toEqual({
    a: { c: 2 },
    list: [2],
    d: {},
  });
});
