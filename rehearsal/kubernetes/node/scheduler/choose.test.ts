import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Pod, PodSpec } from '../objects.ts';
import { chooseNode } from './choose.ts';
import type { Placement, SchedulableNode } from './filters.ts';

const node = (name: string, zone: string, more: Partial<SchedulableNode> = {}): SchedulableNode => ({
  name,
  labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone },
  taints: [],
  unschedulable: false,
  ...more,
});
const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => node(name, `z${(index % 3) + 1}`));
const pod = (spec: Partial<PodSpec> = {}, labels: Record<string, string> = { app: 'x' }): Pod => ({
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '', labels },
  spec: { containers: [], ...spec },
  status: {},
});
const on = (nodeName: string, spec: Partial<PodSpec> = {}, labels?: Record<string, string>): Pod =>
  pod({ ...spec, nodeName }, labels);
const place = (pods: Pod[], nodes = six): Placement => ({ nodes, pods });
const own = { matchLabels: { app: 'x' } };
const spread = (topologyKey: string, whenUnsatisfiable: string) => ({
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: own }],
});
const apart = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: own, topologyKey: 'kubernetes.io/hostname' }],
    },
  },
};

test('the least loaded node, and the first by name among equals', () => {
  expect(chooseNode(pod(), place([]), [])).toEqual({ node: 'a' });
  expect(chooseNode(pod(), place([on('a'), on('b')]), [])).toEqual({ node: 'c' });
});

test('each reason is counted and said in the scheduler’s words', () => {
  const nodes = [
    node('a', 'z1', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }),
    node('b', 'z2', { unschedulable: true }),
    node('c', 'z3'),
  ];
  expect(chooseNode(pod({ nodeSelector: { pool: 'y' } }), place([], nodes), [])).toEqual({
    reason:
      "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable.",
  });
});

test.each([
  [{ key: 'gpu', operator: 'Exists' }, true],
  [{ key: 'gpu', value: 'yes' }, true],
  [{ key: 'gpu', value: 'no' }, false],
  [{ operator: 'Exists' }, true],
  [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
])('toleration %j of a taint: %s', (toleration, tolerated) => {
  const nodes = [node('a', 'z1', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })];
  expect('node' in chooseNode(pod({ tolerations: [toleration] }), place([], nodes), [])).toBe(tolerated);
});

describe('anti-affinity', () => {
  test('required: one a node, and none when all are taken', () => {
    expect(chooseNode(pod(apart), place([on('a'), on('b')]), [])).toEqual({ node: 'c' });
    const full = six.map(({ name }) => on(name));
    expect(chooseNode(pod(apart), place(full), [])).toEqual({
      reason: "0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules.",
    });
  });

  test('it holds in both directions: a pod that stands apart keeps others away', () => {
    const full = six.map(({ name }) => on(name, apart));
    expect(chooseNode(pod(), place(full), [])).toEqual({
      reason: "0/6 nodes are available: 6 node(s) didn't satisfy existing pods anti-affinity rules.",
    });
  });

  test('preferred: avoided while there is a choice', () => {
    const preferredDuringSchedulingIgnoredDuringExecution = [
      { weight: 100, podAffinityTerm: { labelSelector: own, topologyKey: 'kubernetes.io/hostname' } },
    ];
    const soft = { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } };
    const other = { app: 'other' };
    const pods = [on('a'), ...['b', 'b', 'c', 'c', 'd', 'd', 'e', 'e', 'f', 'f'].map((name) => on(name, {}, other))];
    expect(chooseNode(pod(soft), place(pods), [])).toEqual({ node: 'b' });
  });
});

describe('spread', () => {
  test('DoNotSchedule refuses the fuller zones', () => {
    const hard = spread('topology.kubernetes.io/zone', 'DoNotSchedule');
    const nodes = [node('a', 'z1'), node('b', 'z2', { unschedulable: true })];
    expect(chooseNode(pod(hard), place([on('a')], nodes), [])).toEqual({
      reason:
        "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable.",
    });
  });

  test('ScheduleAnyway prefers the emptier zones but takes what there is', () => {
    const soft = spread('topology.kubernetes.io/zone', 'ScheduleAnyway');
    expect(chooseNode(pod(soft), place([on('a'), on('b')]), [])).toEqual({ node: 'c' });
    expect(chooseNode(pod(soft), place([on('a')], [node('a', 'z1')]), [])).toEqual({ node: 'a' });
  });

  test('matchLabelKeys counts only pods of the same revision', () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: own,
      matchLabelKeys: ['hash'],
    };
    const nodes = [node('a', 'z1'), node('b', 'z2')];
    const old = [on('a', {}, { app: 'x', hash: '1' }), on('a', {}, { app: 'x', hash: '1' })];
    const fresh = pod({ topologySpreadConstraints: [constraint] }, { app: 'x', hash: '2' });
    expect('node' in chooseNode(fresh, place([...old, on('b', {}, { app: 'y' })], nodes), [])).toBe(true);
  });
});

test('a disk keeps its pod in its zone', () => {
  expect(chooseNode(pod(), place([]), ['z2'])).toEqual({ node: 'b' });
  expect(chooseNode(pod(), place([], [node('a', 'z1')]), ['z2'])).toEqual({
    reason: '0/1 nodes are available: 1 node(s) had volume node affinity conflict.',
  });
});

test('property: pods with hard spread over zones never differ by more than the skew', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 3 }), (count, maxSkew) => {
      const key = 'topology.kubernetes.io/zone';
      const constraint = { maxSkew, topologyKey: key, whenUnsatisfiable: 'DoNotSchedule', labelSelector: own };
      const pods: Pod[] = [];
      for (let index = 0; index < count; index += 1) {
        const choice = chooseNode(pod({ topologySpreadConstraints: [constraint] }), place(pods), []);
        pods.push(on('node' in choice ? choice.node : 'none'));
      }
      const zones = ['z1', 'z2', 'z3'].map(
        (zone) =>
          pods.filter((each) => six.find(({ name }) => name === each.spec.nodeName)?.labels[key] === zone).length,
      );
      expect(zones.reduce((sum, value) => sum + value, 0)).toBe(count);
      expect(Math.max(...zones) - Math.min(...zones)).toBeLessThanOrEqual(maxSkew);
    }),
  );
});
