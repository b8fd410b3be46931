import { expect, test } from '@jest/globals';
import type { KubeObject } from './ports.ts';
import { resourceOfKind } from './resources.ts';
import { age, tableOf } from './table.ts';
import { pod } from './testing/manifests.ts';

const now = '2026-11-24T06:00:00Z';

test.each([
  [0, '0s'],
  [119, '119s'],
  [125, '2m5s'],
  [600, '10m'],
  [7200, '120m'],
  [3 * 3600 + 60, '3h1m'],
  [30 * 3600, '30h'],
  [10 * 86400, '10d'],
])('an age of %d seconds reads %s', (seconds, text) => {
  const from = new Date(Date.parse(now) - seconds * 1000).toISOString();
  expect(age(from, now)).toBe(text);
});

const statusCell = (status: Record<string, unknown>, metadata: Record<string, unknown> = {}) => {
  const base = pod('p') as unknown as KubeObject;
  const object = { ...base, status, metadata: { ...base.metadata, creationTimestamp: now, ...metadata } };
  const { rows } = tableOf(resourceOfKind('Pod'), [object as KubeObject], now) as { rows: { cells: unknown[] }[] };
  return rows[0]?.cells[2];
};

test('the status of a pod is the reason that a person needs', () => {
  const waiting = { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] };
  const failed = { phase: 'Failed', containerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 1 } } }] };
  expect(statusCell(waiting)).toBe('ImagePullBackOff');
  expect(statusCell(failed)).toBe('Error');
  expect(statusCell({ phase: 'Succeeded' })).toBe('Completed');
  expect(statusCell({ phase: 'Running' }, { deletionTimestamp: now })).toBe('Terminating');
});

test('a kind without a printer has name and age', () => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', creationTimestamp: now },
  };
  const table = tableOf(resourceOfKind('Lease'), [lease as unknown as KubeObject], now);
  expect(table).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Age' }],
    rows: [{ cells: ['l', '0s'] }],
  });
});
