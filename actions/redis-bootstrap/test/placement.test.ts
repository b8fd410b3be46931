import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attachReplicas } from '../src/attach.ts';
import { comparePods, formGroups, type Group, type Placed, pairCost } from '../src/placement.ts';
import { layouts } from './clusters.ts';

const pod = (ordinal: number, node: string, zone: string): Placed => ({ pod: `redis-${ordinal}`, node, zone });
const count = (values: readonly string[]): Map<string, number> =>
  values.reduce((counts, value) => counts.set(value, (counts.get(value) ?? 0) + 1), new Map<string, number>());
const largest = (values: readonly string[]): number => Math.max(...count(values).values());
const pairs = (groups: readonly Group[]): [Placed, Placed][] =>
  groups.flatMap(({ primary, replicas }) => replicas.map((replica): [Placed, Placed] => [primary, replica]));

describe('formGroups', () => {
  test('three zones, two pods each: one primary a zone, its replica in another', () => {
    const pods = [0, 1, 2, 3, 4, 5].map((i) => pod(i, `node-${i % 3}`, `zone-${i % 3}`));
    const groups = formGroups(pods, 3);
    expect(new Set(groups.map(({ primary }) => primary.zone)).size).toBe(3);
    for (const [primary, replica] of pairs(groups)) expect(replica.zone).not.toBe(primary.zone);
  });

  test('without zone labels the node is what counts', () => {
    const pods = [0, 1, 2, 3, 4, 5].map((i) => pod(i, `node-${Math.floor(i / 2)}`, ''));
    const groups = formGroups(pods, 3);
    for (const [primary, replica] of pairs(groups)) expect(replica.node).not.toBe(primary.node);
    expect(largest(groups.map(({ primary }) => primary.node))).toBe(1);
  });

  test('two replicas in two zones: both away from their primary', () => {
    const pods = Array.from({ length: 9 }, (_, i) => pod(i, `node-${i}`, i < 4 ? 'a' : 'b'));
    for (const [primary, replica] of pairs(formGroups(pods, 3))) expect(replica.zone).not.toBe(primary.zone);
  });

  test('every pod is used once, in groups of the wanted size, the same every time', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), ({ pods, replicasPerPrimary }, seed) => {
        const primaries = pods.length / (replicasPerPrimary + 1);
        const groups = formGroups(pods, primaries);
        const used = groups.flatMap(({ primary, replicas }) => [primary, ...replicas]).map((placed) => placed.pod);
        expect(used.sort(comparePods)).toEqual(pods.map((placed) => placed.pod));
        expect(groups.every(({ replicas }) => replicas.length === replicasPerPrimary)).toBe(true);
        const shuffled = [...pods].sort((a, b) => ((seed + a.pod.length * 31) % 7) - ((seed + b.pod.length * 17) % 7));
        expect(formGroups(shuffled, primaries)).toEqual(groups);
      }),
      { numRuns: 200 },
    );
  });

  test('a replica shares a node or zone with its primary only as often as no arrangement could avoid', () => {
    fc.assert(
      fc.property(layouts, ({ pods, replicasPerPrimary }) => {
        const primaries = pods.length / (replicasPerPrimary + 1);
        const found = pairs(formGroups(pods, primaries));
        const sameZone = found.filter(([a, b]) => a.zone === b.zone).length;
        const sameNode = found.filter(([a, b]) => a.node === b.node).length;
        const zone = largest(pods.map((placed) => placed.zone));
        const node = largest(pods.map((placed) => placed.node));
        if (replicasPerPrimary === 1) {
          expect(sameZone).toBe(Math.max(0, zone - primaries));
          expect(sameNode).toBe(Math.max(0, node - primaries));
        } else {
          if (zone <= primaries) expect(sameZone).toBe(0);
          if (node <= primaries) expect(sameNode).toBe(0);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('primaries are even over zones of equal size', () => {
    const cases = fc.record({
      zones: fc.integer({ min: 2, max: 5 }),
      each: fc.integer({ min: 2, max: 12 }),
      nodes: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(cases, ({ zones, each, nodes }) => {
        fc.pre((zones * each) % 2 === 0 && zones * each >= 6);
        const pods = Array.from({ length: zones * each }, (_, i) => {
          const zone = i % zones;
          return pod(i, `node-${zone}-${Math.floor(i / zones) % nodes}`, `zone-${zone}`);
        });
        const groups = formGroups(pods, pods.length / 2);
        const perZone = count(groups.map(({ primary }) => primary.zone));
        const counts = Array.from({ length: zones }, (_, zone) => perZone.get(`zone-${zone}`) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('attachReplicas', () => {
  const cost = (pods: readonly { primary: Placed; replica: Placed }[]): number =>
    pods.reduce((sum, { primary, replica }) => sum + pairCost(primary, replica), 0);

  /** Tries every assignment. */
  function cheapest(seats: readonly Placed[], free: readonly Placed[]): number {
    const [first, ...rest] = free;
    if (first === undefined) return 0;
    return Math.min(
      ...seats.map(
        (seat, index) =>
          pairCost(seat, first) +
          cheapest(
            seats.filter((_, at) => at !== index),
            rest,
          ),
      ),
    );
  }

  test('is as cheap as the best of all assignments', () => {
    const place = fc
      .tuple(fc.nat(4), fc.nat(2))
      .map(([node, zone]) => ({ node: `n${zone}-${node}`, zone: `z${zone}` }));
    const cases = fc.record({
      primaries: fc.array(place, { minLength: 2, maxLength: 5 }),
      free: fc.array(place, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(cases, ({ primaries, free }) => {
        fc.pre(free.length <= primaries.length);
        const seats = primaries.map((at, i) => ({ ...at, pod: `p-${i}` }));
        const pods = free.map((at, i) => ({ ...at, pod: `r-${i + 10}` }));
        const found = attachReplicas(
          seats.map((primary) => ({ primary, wanted: 1 })),
          pods,
        );
        expect(found).toHaveLength(pods.length);
        expect(new Set(found.map(({ primary }) => primary.pod)).size).toBe(pods.length);
        expect(cost(found)).toBe(cheapest(seats, pods));
      }),
      { numRuns: 300 },
    );
  });
});
