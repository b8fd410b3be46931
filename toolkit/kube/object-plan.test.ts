import { describe, expect, test } from '@jest/globals';
import { compareNothing } from './comparison.ts';
import type { KubeObject } from './kube.ts';
import { planObjects } from './object-plan.ts';

const object = (name: string, spec: object = {}, kind = 'Service'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'moodle' },
  spec,
});

describe('the plan', () => {
  test('what is as it should be is left out', () => {
    const same = object('a');
    expect(planObjects({ pairs: [{ rendered: same, live: same, wanted: same }], leftOver: [] })).toEqual({
      steps: [],
      apply: [],
      prune: [],
    });
  });

  test('creates, updates with the fields that change, and says first what is deleted', () => {
    const created = object('new');
    const changed = object('changed', { port: 2 });
    const made = planObjects({
      pairs: [
        { rendered: created, wanted: created },
        { rendered: changed, live: object('changed', { port: 1 }), wanted: changed },
      ],
      leftOver: [object('gone')],
    });
    expect(made.steps).toEqual([
      { action: 'delete', target: 'Service/gone', reason: 'no longer in the manifests' },
      { action: 'create', target: 'Service/new' },
      { action: 'update', target: 'Service/changed', reason: '.spec.port: 1 → 2' },
    ]);
    expect(made.apply).toEqual([created, changed]);
    expect(made.prune.map(({ metadata }) => metadata.name)).toEqual(['gone']);
  });

  test('what is compared is what the server would store, not what was rendered', () => {
    const live = object('a', { port: 1, defaulted: true });
    expect(
      planObjects({ pairs: [{ rendered: object('a', { port: 1 }), live, wanted: live }], leftOver: [] }).steps,
    ).toEqual([]);
  });

  test('without a cluster everything is created, and why nothing is known is said', () => {
    expect(planObjects(compareNothing([object('a')], 'after infra')).steps).toEqual([
      { action: 'create', target: 'Service/a', reason: 'after infra' },
    ]);
  });
});
