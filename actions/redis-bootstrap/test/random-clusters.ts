/** Random clusters in any state, for the property test of the planner. */
import fc from 'fast-check';
import type { Placed } from '../src/placement.ts';
import { planTopology } from '../src/plan.ts';
import { ClusterModel } from './model.ts';
import { type Event, events, happen } from './random-events.ts';

/** A cluster and what is wanted of it. */
export interface Case {
  /** Which node each pod is on; as many as any state of the case needs. */
  where: readonly number[];
  zones: number;
  replicasPerPrimary: number;
  /** How the cluster begins: formed to this many primaries, or a forming that was cut off after a share of its steps. */
  primaries: number;
  formed: number;
  hasKeys: boolean;
  mayLoseSlots: boolean;
  events: readonly Event[];
  wantedPrimaries: number;
}

/** Not a double: those are near to 0 for the most part. */
const share = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1000);
const PODS = 120;

/** 6 to 120 pods on 1 to 60 nodes in 1 to 5 zones; small ones are more frequent, as mistakes show in them sooner. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    zones: fc.integer({ min: 1, max: 5 }),
    nodes: fc.integer({ min: 1, max: 60 }),
    replicasPerPrimary: fc.integer({ min: 1, max: 2 }),
    most: fc.oneof({ weight: 12, arbitrary: fc.constant(8) }, { weight: 1, arbitrary: fc.constant(40) }),
    size: share,
    wanted: fc.option(share),
    formed: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: share }),
    hasKeys: fc.boolean(),
    mayLoseSlots: fc.boolean(),
    events,
    seeds: fc.array(fc.nat(), { minLength: PODS, maxLength: PODS }),
  })
  .map(({ nodes, most, size, wanted, seeds, ...rest }) => {
    const count = (of: number): number => 3 + Math.floor(of * (most - 2));
    const primaries = count(size);
    return {
      ...rest,
      where: seeds.map((seed) => seed % nodes),
      primaries,
      wantedPrimaries: wanted === null ? primaries : count(wanted),
    };
  });

/** The places of the first so many pods. */
export function places({ where, zones }: Case, count: number): Placed[] {
  return where.slice(0, count).map((node, ordinal) => ({
    pod: `redis-${ordinal}`,
    node: `node-${node}`,
    zone: zones === 1 ? '' : `zone-${node % zones}`,
  }));
}

/** Pods that a number of primaries needs. */
export function podsFor({ replicasPerPrimary }: Case, primaries: number): number {
  return primaries * (replicasPerPrimary + 1);
}

/** The cluster of a case, with everything that happened to it. */
export function build(one: Case): ClusterModel {
  const nodes = podsFor(one, one.primaries);
  const model = new ClusterModel(places(one, nodes));
  const { steps } = planTopology(model.view(), { nodes, replicasPerPrimary: one.replicasPerPrimary });
  model.apply(steps.slice(0, Math.ceil(steps.length * one.formed)));
  if (one.formed < 1) return model;
  if (one.hasKeys) for (const node of model.nodes) node.keys = 1000;
  for (const event of one.events) happen(model, event);
  return model;
}
