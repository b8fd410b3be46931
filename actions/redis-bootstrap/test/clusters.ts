/** Random sets of pods on nodes in zones, for property tests. */
import fc from 'fast-check';
import type { Placed } from '../src/placement.ts';

export interface Layout {
  pods: Placed[];
  replicasPerPrimary: number;
}

/** 6 to 60 pods on 1 to 30 nodes in 1 to 5 zones, each pod anywhere. */
export const layouts: fc.Arbitrary<Layout> = fc
  .record({
    zones: fc.integer({ min: 1, max: 5 }),
    nodes: fc.integer({ min: 1, max: 30 }),
    primaries: fc.integer({ min: 3, max: 20 }),
    replicasPerPrimary: fc.integer({ min: 1, max: 2 }),
  })
  .chain(({ zones, nodes, primaries, replicasPerPrimary }) => {
    const count = primaries * (replicasPerPrimary + 1);
    return fc.array(fc.nat(nodes - 1), { minLength: count, maxLength: count }).map((where) => ({
      replicasPerPrimary,
      pods: where.map((node, ordinal) => ({
        pod: `redis-${ordinal}`,
        node: `node-${node}`,
        zone: `zone-${node % zones}`,
      })),
    }));
  });
