import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { observeNothing } from '../src/observe.ts';
import { plan } from '../src/plan.ts';

const object = (name: string, spec: object = {}, kind = 'Service'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'moodle' },
  spec,
});

describe('the plan', () => {
  test('what is as it should be is left out', () => {
    const same = object('a');
    expect(plan({ pairs: [{ rendered: same, live: same, wanted: same }], owned: [same] })).toEqual({
      steps: [],
      apply: [],
      prune: [],
    });
  });

  test('creates, updates with the fields that change, and deletes last', () => {
    const created = object('new');
    const changed = object('changed', { port: 2 });
    const made = plan({
      pairs: [
        { rendered: created, wanted: created },
        { rendered: changed, live: object('changed', { port: 1 }), wanted: changed },
      ],
      owned: [object('changed', { port: 1 }), object('gone')],
    });
    expect(made.steps).toEqual([
      { action: 'create', target: 'Service/new' },
      { action: 'update', target: 'Service/changed', reason: '.spec.port: 1 → 2' },
      { action: 'delete', target: 'Service/gone', reason: 'no longer in the manifests' },
    ]);
    expect(made.apply).toEqual([created, changed]);
    expect(made.prune.map(({ metadata }) => metadata.name)).toEqual(['gone']);
  });

  test('what is compared is what the server would store, not what was rendered', () => {
    const live = object('a', { port: 1, defaulted: true });
    expect(plan({ pairs: [{ rendered: object('a', { port: 1 }), live, wanted: live }], owned: [] }).steps).toEqual([]);
  });

  test('without a cluster everything is created, and why nothing is known is said', () => {
    expect(plan(observeNothing([object('a')], 'after infra')).steps).toEqual([
      { action: 'create', target: 'Service/a', reason: 'after infra' },
    ]);
  });

  test('the same name of another kind or group is another object', () => {
    const owned = [object('a', {}, 'ConfigMap'), { ...object('a'), apiVersion: 'other/v1' }];
    const made = plan({ pairs: [{ rendered: object('a'), live: object('a'), wanted: object('a') }], owned });
    expect(made.prune).toEqual(owned);
  });
});
