import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Wanted } from '../src/classify.ts';
import { placementWarnings } from '../src/describe.ts';
import { type Group, type Placed, pairCost } from '../src/placement.ts';
import { planTopology } from '../src/plan.ts';
import { countSlots } from '../src/slots.ts';
import { nextSteps } from '../src/steps.ts';
import { findProblems } from '../src/verify.ts';
import type { ClusterModel } from './model.ts';
import { build, type Case, cases, places, podsFor } from './random-clusters.ts';

jest.setTimeout(600_000);

const RUNS = 2000;
/** A resize of a cluster that also has to be healed takes a look after each turning point. */
const MOST_ROUNDS = 12;

const wantedOf = (one: Case): Wanted => ({
  nodes: podsFor(one, one.wantedPrimaries),
  replicasPerPrimary: one.replicasPerPrimary,
  mayLoseSlots: one.mayLoseSlots,
});

/**
 * As the action goes about it: more pods first, plans and their next steps, fewer pods when nothing is left to do.
 *
 * @returns the refusal, when there is one
 */
function converge(one: Case, model: ClusterModel): string | undefined {
  const wanted = wantedOf(one);
  const keys = model.keys;
  model.add(places(one, wanted.nodes).slice(model.nodes.length));
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { steps, classification } = planTopology(model.view(), wanted);
    expect(JSON.stringify(planTopology(model.view(), wanted).steps)).toBe(JSON.stringify(steps));
    if (classification.refusal !== undefined) {
      expect(steps).toEqual([]);
      return classification.refusal;
    }
    if (steps.length === 0 && model.nodes.length === wanted.nodes) return undefined;
    if (steps.length === 0) model.keep(wanted.nodes);
    // The model throws for whatever Redis refuses, and for a reset of a node that holds keys.
    model.apply(nextSteps(steps).flat());
    expect(model.keys).toBe(keys);
  }
  throw new Error(`not there after ${MOST_ROUNDS} rounds: ${JSON.stringify(planTopology(model.view(), wanted).steps)}`);
}

/** No exchange of two replicas makes the placement better; where it is not good there is a warning. */
function expectWellPlaced(groups: readonly Group<Placed>[]): void {
  const better = groups.flatMap((one, index) =>
    groups.slice(index + 1).flatMap((other) =>
      one.replicas.flatMap((mine) =>
        other.replicas.filter((theirs) => {
          const now = pairCost(one.primary, mine) + pairCost(other.primary, theirs);
          return pairCost(one.primary, theirs) + pairCost(other.primary, mine) < now;
        }),
      ),
    ),
  );
  expect(better).toEqual([]);
  const zones = new Set(groups.flatMap(({ primary, replicas }) => [primary, ...replicas]).map(({ zone }) => zone));
  const worst = Math.max(...groups.flatMap(({ primary, replicas }) => replicas.map((one) => pairCost(primary, one))));
  const isApart = worst === 0 || (worst === 1 && zones.size === 1);
  expect(isApart || placementWarnings(groups).length > 0).toBe(true);
}

function expectRight(one: Case, model: ClusterModel): void {
  const wanted = wantedOf(one);
  expect(findProblems(model.view(), wanted)).toEqual([]);
  expect(model.nodes.every(({ nodeTimeout, moving }) => nodeTimeout === 5000 && moving.length === 0)).toBe(true);
  const sizes = model.nodes.map(({ slots }) => countSlots(slots)).filter((size) => size > 0);
  expect(sizes).toHaveLength(one.wantedPrimaries);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  expectWellPlaced(planTopology(model.view(), wanted).groups);
}

test(`${RUNS} random clusters reach what is wanted, keep their keys, and have nothing left to do`, () => {
  const seen = new Map<string, number>();
  const note = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(cases, (one) => {
      const model = build(one);
      const { kind } = planTopology(model.view(), wantedOf(one)).classification;
      const refusal = converge(one, model);
      note(refusal === undefined ? kind : `${kind}, refused`);
      if (refusal === undefined) expectRight(one, model);
    }),
    { numRuns: RUNS },
  );
  // What the cases are made of; without it they could all be of one kind.
  for (const kind of ['fresh', 'partial', 'formed', 'foreign, refused', 'lost-slots, refused', 'split, refused']) {
    expect({ kind, seen: seen.get(kind) ?? 0 }).toEqual({ kind, seen: expect.any(Number) });
    expect(seen.get(kind) ?? 0).toBeGreaterThan(0);
  }
});
