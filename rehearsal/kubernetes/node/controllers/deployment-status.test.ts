import { expect, test } from '@jest/globals';
import type { Condition, DeploymentSpec } from '../objects.ts';
import { progress } from './deployment-status.ts';
import { hashOf } from './pod-template.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const spec: DeploymentSpec = { selector: {}, template: { spec: { containers: [] } }, progressDeadlineSeconds: 60 };
const counts = (updated: number, available: number) => ({
  replicas: 2,
  updatedReplicas: updated,
  readyReplicas: available,
  availableReplicas: available,
});
const progressing = (reason: string, time: Date, set = 'web-1'): Condition => ({
  type: 'Progressing',
  status: 'True',
  reason,
  message: `ReplicaSet "${set}" is progressing.`,
  lastUpdateTime: time.toISOString(),
  lastTransitionTime: time.toISOString(),
});

test('without movement the deadline passes, counted from the last movement', () => {
  const before = { ...counts(2, 1), conditions: [progressing('ReplicaSetUpdated', start)] };
  const soon = progress(spec, 2, counts(2, 1), before, 'web-1', later(59));
  expect(soon).toMatchObject({ condition: { reason: 'ReplicaSetUpdated' }, again: 1000 });
  const over = progress(spec, 2, counts(2, 1), before, 'web-1', later(60));
  expect(over.condition).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
});

test('every new ready pod starts the deadline anew', () => {
  const before = { ...counts(2, 0), conditions: [progressing('ReplicaSetUpdated', start)] };
  const moved = progress(spec, 2, counts(2, 1), before, 'web-1', later(59));
  expect(moved.condition?.lastUpdateTime).toBe('2026-01-01T00:00:59Z');
  expect(moved.again).toBe(60_000);
});

test('another template ends an exceeded deadline', () => {
  const failed: Condition = { ...progressing('ProgressDeadlineExceeded', start), status: 'False' };
  const before = { ...counts(0, 2), conditions: [failed] };
  expect(progress(spec, 2, counts(0, 2), before, 'web-2', later(100)).condition).toMatchObject({
    status: 'True',
    reason: 'ReplicaSetUpdated',
  });
});

test('complete is said only when nothing old is left', () => {
  const before = { ...counts(2, 2), conditions: [progressing('ReplicaSetUpdated', start)] };
  expect(progress(spec, 2, counts(2, 2), before, 'web-1', start).condition?.reason).toBe('NewReplicaSetAvailable');
  const three = { ...counts(2, 2), replicas: 3 };
  expect(progress(spec, 2, three, before, 'web-1', start).condition?.reason).toBe('ReplicaSetUpdated');
});

test('the hash of a template does not depend on the order of its keys, but on every value', () => {
  expect(hashOf({ a: 1, b: { c: [1, 2], d: 'x' } })).toBe(hashOf({ b: { d: 'x', c: [1, 2] }, a: 1 }));
  expect(hashOf({ a: [1, 2] })).not.toBe(hashOf({ a: [2, 1] }));
});
