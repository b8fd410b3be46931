import { expect, test } from '@jest/globals';
import type { KubeObject } from '../../ports.ts';
import { podOf } from '../objects.ts';
import { vaultObjects } from './csi-secrets.ts';
import { serviceVariables } from './env.ts';
import { fieldValue } from './field-path.ts';
import { tail } from './logs.ts';
import { chooseKeys } from './volume-files.ts';

const meta = { name: 'web-0', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const service = (name: string, spec: Record<string, unknown>): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { ...meta, name }, spec }) as KubeObject;

test('service variables: named ports, dashes, and nothing for headless Services', () => {
  const variables = serviceVariables([
    service('my-db', { clusterIP: '127.96.0.9', ports: [{ name: 'pg-tls', port: 5432 }, { port: 6432 }] }),
    service('redis', { clusterIP: 'None', ports: [{ port: 6379 }] }),
  ]);
  expect(variables).toMatchObject({
    MY_DB_SERVICE_HOST: '127.96.0.9',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_PG_TLS: '5432',
    MY_DB_PORT: 'tcp://127.96.0.9:5432',
    MY_DB_PORT_6432_TCP_ADDR: '127.96.0.9',
  });
  expect(Object.keys(variables).some((name) => name.startsWith('REDIS'))).toBe(false);
});

test.each([
  ['metadata.name', 'web-0'],
  ["metadata.labels['app']", 'web'],
  ["metadata.annotations['none']", ''],
  ['metadata.labels', 'app="web"'],
  ['status.podIP', '127.64.0.1'],
  ['spec.serviceAccountName', 'default'],
])('field %s', (path, value) => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta, labels: { app: 'web' } },
    spec: { containers: [] },
  };
  const place = { podIP: '127.64.0.1', hostIP: '127.0.0.1' };
  expect(fieldValue(podOf(object), path, place)).toBe(value);
  expect(() => fieldValue(podOf(object), 'status.nothing', place)).toThrow('unsupported fieldPath: status.nothing');
});

test('items choose keys; a missing one is an error unless optional', () => {
  const keys = { a: Buffer.from('A'), b: Buffer.from('B') };
  expect(chooseKeys(keys, {}).map(({ path }) => path)).toEqual(['a', 'b']);
  expect(chooseKeys(keys, { items: [{ key: 'a', path: 'x/y', mode: 0o400 }] })).toEqual([
    { path: 'x/y', content: keys.a, mode: 0o400 },
  ]);
  const items = [{ key: 'c', path: 'c' }];
  expect(() => chooseKeys(keys, { items })).toThrow('references non-existent config key: c');
  expect(chooseKeys(keys, { items, optional: true })).toEqual([]);
});

test.each([
  ['', 'must list objects'],
  ['array:\n  - |\n    objectName: x\n    objectType: key\n', 'objectType secret'],
])('vault objects %j are refused', (text, message) => {
  expect(() => vaultObjects(text, 'c')).toThrow(message);
});

test.each([
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb', 1, 'b'],
  ['a\n', 0, ''],
  ['a\n', undefined, 'a\n'],
  ['', 5, ''],
])('the tail of %j by %s is %j', (text, lines, result) => {
  expect(tail(text, lines)).toBe(result);
});
