import { expect, test } from '@jest/globals';
import type { ContainerStatus } from '../objects.ts';
import { type PodFacts, podStatus } from './pod-status.ts';
import { refusal } from './refusals.ts';

const container = (more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'c',
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason: 'ContainerCreating' } },
  ...more,
});
const running = { state: { running: { startedAt: '' } } };
const facts = (more: Partial<PodFacts>): PodFacts => ({
  podIP: '127.64.0.1',
  hostIP: '127.0.0.1',
  startTime: '2026-01-01T00:00:00Z',
  containers: [container()],
  initContainers: [],
  initialized: true,
  before: [],
  now: new Date('2026-01-01T00:00:10Z'),
  ...more,
});
const conditions = (more: Partial<PodFacts>) =>
  Object.fromEntries((podStatus(facts(more)).conditions ?? []).map(({ type, status }) => [type, status]));

test.each([
  [{}, 'Pending'],
  [{ containers: [container(running)] }, 'Running'],
  [{ containers: [container(running)], initialized: false }, 'Pending'],
  [{ containers: [container({ restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } })] }, 'Running'],
  [{ outcome: 'Failed' as const }, 'Failed'],
])('%j is %s', (more, phase) => {
  expect(podStatus(facts(more)).phase).toBe(phase);
});

test('ready when every container is, and no longer when the pod has ended', () => {
  const ready = container({ ...running, ready: true });
  expect(conditions({ containers: [ready, ready] })).toMatchObject({ Ready: 'True', ContainersReady: 'True' });
  expect(conditions({ containers: [ready, container(running)] }).Ready).toBe('False');
  expect(conditions({ containers: [ready], outcome: 'Succeeded' }).Ready).toBe('False');
});

test('a condition keeps its time while it says the same, and others’ conditions stay', () => {
  const before = [
    { type: 'Ready', status: 'False' as const, lastTransitionTime: '2026-01-01T00:00:01Z' },
    { type: 'PodScheduled', status: 'True' as const, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ];
  const found = podStatus(facts({ before })).conditions ?? [];
  expect(found.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:01Z');
  expect(found.find(({ type }) => type === 'PodScheduled')?.status).toBe('True');
  const turned = podStatus(facts({ before, containers: [container({ ...running, ready: true })] })).conditions ?? [];
  expect(turned.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:10Z');
});

test.each([
  [{ hostNetwork: true }, 'spec.hostNetwork'],
  [{ hostNetwork: false, readinessGates: [] }, undefined],
  [{ activeDeadlineSeconds: 5 }, 'spec.activeDeadlineSeconds'],
  [{ containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 1 }] }] }, 'ports[].hostPort of container c'],
  [{ initContainers: [{ name: 'i', livenessProbe: { grpc: {} } }] }, 'livenessProbe.grpc of container i'],
])('of %j it refuses %s', (spec, what) => {
  const found = refusal({ containers: [], ...spec });
  expect(found).toBe(what === undefined ? undefined : `The rehearsal does not implement ${what}.`);
});
