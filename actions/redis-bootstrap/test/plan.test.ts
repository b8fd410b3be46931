import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeStep, placementWarnings, stateName } from '../src/describe.ts';
import { planTopology } from '../src/plan.ts';
import { countSlots, formatRanges } from '../src/slots.ts';
import { type ClusterStep, nextSteps } from '../src/steps.ts';
import { findProblems } from '../src/verify.ts';
import { layouts } from './clusters.ts';
import { ClusterModel } from './model.ts';

const WANTED = { nodes: 6, replicasPerPrimary: 1 };
const sixPods = () =>
  new ClusterModel(
    Array.from({ length: 6 }, (_, i) => ({ pod: `redis-${i}`, node: `node-${i % 3}`, zone: `zone-${i % 3}` })),
  );
const formed = (): ClusterModel => {
  const model = sixPods();
  model.apply(planTopology(model.view(), WANTED).steps);
  return model;
};
const kinds = (steps: readonly ClusterStep[]): string[] => [...new Set(steps.map((step) => step.kind))];
const refusal = (model: ClusterModel, wanted = WANTED): string => {
  const { steps, classification } = planTopology(model.view(), wanted);
  expect(steps).toEqual([]);
  return classification.refusal ?? '';
};

/** Plans and applies until nothing is left, as the action does. */
function converge(model: ClusterModel, wanted = WANTED): ClusterStep[] {
  const done: ClusterStep[] = [];
  for (let round = 0; round < 9; round += 1) {
    const { steps, classification } = planTopology(model.view(), wanted);
    expect(classification.refusal).toBeUndefined();
    if (steps.length === 0) return done;
    const phase = nextSteps(steps).flat();
    model.apply(phase);
    done.push(...phase);
  }
  throw new Error('did not converge');
}

describe('a fresh cluster', () => {
  test('is formed by epochs, slots, meetings and replicas, in this order', () => {
    const plan = planTopology(sixPods().view(), WANTED);
    expect(plan.classification.kind).toBe('fresh');
    expect(kinds(plan.steps)).toEqual(['set-epoch', 'assign-slots', 'meet', 'replicate']);
    const slots = plan.steps.flatMap((step) => (step.kind === 'assign-slots' ? [formatRanges(step.slots)] : []));
    expect(slots).toEqual(['0-5460', '5461-10921', '10922-16383']);
  });

  test('of any layout reaches the target, and a second plan is empty', () => {
    fc.assert(
      fc.property(layouts, ({ pods, replicasPerPrimary }) => {
        const wanted = { nodes: pods.length, replicasPerPrimary };
        const model = new ClusterModel(pods);
        const plan = planTopology(model.view(), wanted);
        expect(planTopology(model.view(), wanted)).toEqual(plan);
        model.apply(plan.steps);
        expect(findProblems(model.view(), wanted)).toEqual([]);
        const again = planTopology(model.view(), wanted);
        expect(again.steps).toEqual([]);
        expect(again.groups.map(({ primary }) => primary.pod).sort()).toEqual(
          plan.groups.map(({ primary }) => primary.pod).sort(),
        );
        const sizes = model.nodes.map(({ slots }) => countSlots(slots)).filter((size) => size > 0);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 120 },
    );
  });

  test('cut off after any number of steps is finished, without a reset', () => {
    fc.assert(
      fc.property(layouts, fc.double({ min: 0, max: 1, noNaN: true }), ({ pods, replicasPerPrimary }, share) => {
        const wanted = { nodes: pods.length, replicasPerPrimary };
        const model = new ClusterModel(pods);
        const { steps } = planTopology(model.view(), wanted);
        model.apply(steps.slice(0, Math.round(steps.length * share)));
        const done = converge(model, wanted);
        expect(kinds(done)).not.toContain('reset');
        expect(findProblems(model.view(), wanted)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });
});

describe('left-overs without keys', () => {
  test('slots of another split: the nodes are reset, then formed', () => {
    const model = sixPods();
    model.apply([{ kind: 'assign-slots', pod: 'redis-4', slots: [{ first: 0, last: 100 }] }]);
    const plan = planTopology(model.view(), WANTED);
    expect(plan.classification.kind).toBe('partial');
    expect(kinds(plan.steps)).toEqual(['reset', 'set-epoch', 'assign-slots', 'meet', 'replicate']);
    converge(model);
    expect(findProblems(model.view(), WANTED)).toEqual([]);
  });

  test('random left-overs always converge', () => {
    const leftovers = fc.array(
      fc.record({ pod: fc.nat(5), start: fc.integer({ min: 0, max: 16000 }), peer: fc.nat(5) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(leftovers, (list) => {
        const model = sixPods();
        for (const [index, { pod, start, peer }] of list.entries()) {
          model.find(`redis-${pod}`).slots = [{ first: start, last: start + 50 + index }];
          if (pod !== peer) model.apply([{ kind: 'meet', pod: `redis-${pod}`, peers: [`redis-${peer}`] }]);
        }
        converge(model);
        expect(findProblems(model.view(), WANTED)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a formed cluster', () => {
  test('that is right has no steps and is healthy', () => {
    const plan = planTopology(formed().view(), WANTED);
    expect(plan.steps).toEqual([]);
    expect(stateName(plan, { pods: 6, problems: findProblems(formed().view(), WANTED), wanted: WANTED })).toBe(
      'healthy',
    );
  });

  test('with every pod at a new address is introduced anew and keeps its keys', () => {
    const model = formed();
    for (const [i, node] of model.nodes.entries()) {
      node.keys = 10;
      model.move(node.place.pod, `10.9.0.${i + 1}`);
    }
    const plan = planTopology(model.view(), WANTED);
    expect(stateName(plan, { pods: 6, problems: [], wanted: WANTED })).toBe('stale-addresses');
    expect(kinds(plan.steps)).toEqual(['meet', 'replicate']);
    converge(model);
    expect(findProblems(model.view(), WANTED)).toEqual([]);
    expect(model.nodes.every((node) => node.keys === 10)).toBe(true);
  });

  test('with a replica that lost its disk takes the new node in and forgets the old one', () => {
    const model = formed();
    const replica = model.nodes.find((node) => node.primaryId !== undefined);
    model.lose(replica?.place.pod ?? '');
    for (const node of model.nodes) if (node.slots.length > 0) node.keys = 3;
    const plan = planTopology(model.view(), WANTED);
    expect(stateName(plan, { pods: 6, problems: [], wanted: WANTED })).toBe('degraded');
    expect(kinds(plan.steps)).toEqual(['meet', 'replicate', 'forget']);
    converge(model);
    expect(findProblems(model.view(), WANTED)).toEqual([]);
  });

  test('with two replicas at one primary gives the spare one to the primary that has none', () => {
    const model = formed();
    const replica = model.nodes.find((node) => node.primaryId !== undefined);
    const other = model.nodes.find((node) => node.slots.length > 0 && node.id !== replica?.primaryId);
    model.apply([{ kind: 'replicate', pod: replica?.place.pod ?? '', primary: other?.place.pod ?? '' }]);
    expect(findProblems(model.view(), WANTED)).not.toEqual([]);
    const done = converge(model);
    expect(done).toHaveLength(1);
    expect(findProblems(model.view(), WANTED)).toEqual([]);
  });

  test('of which an old primary still claims slots: the higher epoch has them, and nothing is reset', () => {
    const model = formed();
    const primary = model.nodes.find((node) => node.slots.length > 0);
    const replica = model.nodes.find((node) => node.primaryId === primary?.id);
    if (primary === undefined || replica === undefined) throw new Error('no pair');
    Object.assign(replica, { primaryId: undefined, slots: primary.slots, epoch: 99 });
    for (const node of model.nodes) node.keys = 5;
    const { classification, steps } = planTopology(model.view(), WANTED);
    expect(classification.kind).toBe('formed');
    expect(classification.ownership.superseded.map(({ pod }) => pod)).toEqual([primary.place.pod]);
    expect(steps).toEqual([]);
    expect(findProblems(model.view(), WANTED)[0]).toContain('has not yet heard');
  });
});

describe('refusals', () => {
  test('keys in a node outside the cluster', () => {
    const model = sixPods();
    model.find('redis-2').keys = 7;
    expect(refusal(model)).toMatch(/redis-2 \(7 keys\).*FLUSHALL/);
    const joined = formed();
    joined.lose('redis-5');
    joined.find('redis-5').keys = 1;
    expect(refusal(joined)).toContain('redis-5 (1 key)');
  });

  test('not of a node that became a replica while it was asked', () => {
    const model = formed();
    for (const node of model.nodes) node.keys = 4;
    const pods = model.view().map((pod) => {
      const { redis } = pod;
      return typeof redis !== 'string' && redis.role === 'replica'
        ? { ...pod, redis: { ...redis, role: 'primary' as const } }
        : pod;
    });
    expect(planTopology(pods, WANTED).classification.refusal).toBeUndefined();
  });

  test('keys and slots that nobody serves', () => {
    const model = formed();
    const [first] = model.nodes.filter((node) => node.slots.length > 0);
    for (const node of model.nodes) node.keys = 1;
    if (first !== undefined) first.slots = [];
    expect(refusal(model)).toMatch(/Slots \d+-\d+ are served by no node.*Nothing is reset/);
  });

  test('two clusters that both hold keys', () => {
    const model = formed();
    const [primary, ...rest] = model.nodes;
    if (primary === undefined) throw new Error('no node');
    Object.assign(primary, {
      id: 'f'.repeat(40),
      known: new Map(),
      slots: [{ first: 0, last: 16383 }],
      primaryId: undefined,
      keys: 4,
    });
    for (const node of rest) node.known.delete('f'.repeat(40));
    expect(refusal(model)).toMatch(/Two clusters/);
  });

  test('a live member that is none of the pods', () => {
    const model = formed();
    const pods = model.view();
    const [first] = pods;
    if (first === undefined || typeof first.redis === 'string') throw new Error('no node');
    const stranger = { ...first.redis.self, id: 'e'.repeat(40), ip: '10.77.0.1', flags: ['master'] };
    first.redis = { ...first.redis, others: [...first.redis.others, stranger] };
    const { classification, steps } = planTopology(pods, WANTED);
    expect(steps).toEqual([]);
    expect(classification.refusal).toMatch(/none of these pods: node e+ at 10\.77\.0\.1/);
  });

  test('no plan ever resets a node that holds keys', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
        fc.array(fc.nat(16383), { maxLength: 4 }),
        (keys, slots) => {
          const model = sixPods();
          for (const [i, node] of model.nodes.entries()) node.keys = keys[i] ?? 0;
          for (const [i, slot] of slots.entries()) model.find(`redis-${i}`).slots = [{ first: slot, last: slot }];
          const { steps } = planTopology(model.view(), WANTED);
          if (keys.some((count) => count > 0)) expect(steps).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('steps are named by pod and say what they do', () => {
  const steps = planTopology(sixPods().view(), WANTED).steps.map(describeStep);
  expect(steps.find((step) => step.action === 'assign-slots')).toEqual({
    action: 'assign-slots',
    target: 'redis-0',
    reason: '0-5460',
  });
  expect(steps.at(-1)).toMatchObject({ action: 'replicate', reason: expect.stringMatching(/^of redis-\d$/) });
});

test('a placement that cannot be good is warned of, with what to add', () => {
  const model = new ClusterModel(Array.from({ length: 6 }, (_, i) => ({ pod: `redis-${i}`, node: 'only', zone: 'z' })));
  const warnings = placementWarnings(planTopology(model.view(), WANTED).groups);
  expect(warnings.join(' ')).toMatch(/same node as its primary.*Add nodes.*holds 3 of 3 primaries/);
});

test('a pod that does not answer is nothing to plan on', () => {
  const pods = sixPods().view();
  const [first] = pods;
  if (first !== undefined) first.redis = 'no answer in time';
  expect(planTopology(pods, WANTED)).toMatchObject({ steps: [], classification: { kind: 'silent' } });
  expect(findProblems(pods, WANTED)).toEqual(['redis-0 does not answer: no answer in time']);
});

test('no role changes after a pod was let go: it would tell clients of the old one, and nobody tells it of the new', () => {
  let failovers = 0;
  const places = fc.array(fc.nat(2), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(places, (zones) => {
      const pods = zones.map((zone, index) => ({ pod: `redis-${index}`, node: `node-${index}`, zone: `zone-${zone}` }));
      const model = new ClusterModel(pods);
      model.apply(planTopology(model.view(), { nodes: 12, replicasPerPrimary: 1 }).steps);
      const done = converge(model).map(({ kind }) => kind);
      expect(done).toContain('retire');
      failovers += done.filter((kind) => kind === 'failover').length;
      expect(done.slice(done.indexOf('retire'))).not.toContain('failover');
    }),
    { numRuns: 200 },
  );
  expect(failovers).toBeGreaterThan(0);
});
