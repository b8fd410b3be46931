import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { handOver, leastReplicas, splitPrune, wasAutoscaled } from '../src/autoscaling.ts';
import { onlyScaling } from '../src/scale-only.ts';

const object = (kind: string, name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec,
});
const template = { spec: { containers: [{ name: 'web', image: 'm' }] } };
const scaled = object('ScaledObject', 'moodle-web', { scaleTargetRef: { name: 'moodle-web' }, minReplicaCount: 7 });

test('the least number of pods is that of the workload’s own autoscaler', () => {
  expect(leastReplicas([scaled], 'moodle-web')).toBe(7);
  expect(leastReplicas([scaled], 'moodle-cron')).toBe(0);
});

describe('handing the number of pods over', () => {
  const live = object('Deployment', 'moodle-web', { replicas: 9, template });
  const without = object('Deployment', 'moodle-web', { template });
  const dropped = object('Deployment', 'moodle-web', { replicas: 1, template });
  const over = (wanted: KubeObject, rendered = without) =>
    handOver({ pairs: [{ rendered, live, wanted }], leftOver: [] });

  test('what would fall to one is kept, and shown as no change', () => {
    const { comparison, handovers } = over(dropped);
    expect(handovers).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'moodle-web' }, spec: { replicas: 9 } },
    ]);
    expect(comparison.pairs[0]?.wanted).toEqual(live);
  });

  test('a number that is somebody else’s already needs nothing', () => {
    expect(over(live).handovers).toEqual([]);
  });

  test('a number that we say stays ours', () => {
    const fixed = object('Deployment', 'moodle-web', { replicas: 4, template });
    const { comparison, handovers } = over(fixed, fixed);
    expect(handovers).toEqual([]);
    expect(comparison.pairs[0]?.wanted).toEqual(fixed);
  });
});

describe('taking it back', () => {
  const conflict = { manager: 'kube-controller-manager', field: '.spec.replicas' };

  test('is expected only of the number, and only when an autoscaler of ours goes', () => {
    const web = object('Deployment', 'moodle-web');
    expect(wasAutoscaled(web, conflict, [scaled])).toBe(true);
    expect(wasAutoscaled(web, conflict, [])).toBe(false);
    expect(wasAutoscaled(web, { ...conflict, field: '.spec.paused' }, [scaled])).toBe(false);
  });

  test('begins with the autoscaler', () => {
    const config = object('ConfigMap', 'old');
    expect(splitPrune([config, scaled])).toEqual({ first: [scaled], last: [config] });
  });
});

describe('scaling only', () => {
  const live = object('Deployment', 'moodle-web', { replicas: 3, strategy: {}, template: { spec: { old: true } } });
  const rendered = object('Deployment', 'moodle-web', { replicas: 8, strategy: { type: 'x' }, template });

  test('takes the number and the strategy, and leaves the pods', () => {
    const [web] = onlyScaling([rendered, object('PodMonitor', 'moodle-web')], live);
    expect(web?.spec).toEqual({ replicas: 8, strategy: { type: 'x' }, template: { spec: { old: true } } });
  });

  test('says no number where an autoscaler decides it', () => {
    const [web, autoscaler] = onlyScaling([object('Deployment', 'moodle-web', { template }), scaled], live);
    expect(web?.spec).toEqual({ strategy: {}, template: { spec: { old: true } } });
    expect(autoscaler).toEqual(scaled);
  });
});
