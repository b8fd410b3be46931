/**
 * Who is a primary and whose replica is where, from nodes and zones alone. Pure and deterministic: the same pods on the
 * same machines give the same answer, so that a forming that was killed is taken up where it stopped.
 */

import { compare, countBy, spreadPrimaries } from './spread.ts';

/** A pod as placement sees it. */
export interface Placed {
  pod: string;
  /** Kubernetes node. */
  node: string;
  /** Availability zone; empty when the node has no such label. */
  zone: string;
}

/** One primary and its replicas. */
export interface Group<P extends Placed = Placed> {
  primary: P;
  replicas: readonly P[];
}

/** What a pair of primary and replica costs: sharing a machine is worse than sharing a zone. */
export function pairCost(a: Placed, b: Placed): number {
  if (a.node === b.node) return 1000;
  return a.zone === b.zone && a.zone !== '' ? 1 : 0;
}

/**
 * Splits the pods into groups of one primary and so many replicas.
 *
 * The pods are sorted so that those of one zone, and in it those of one node, are neighbours, largest first; group i takes
 * every M-th pod from i on. Members of a group are then M places apart, so two share a zone only when that zone holds more
 * than M pods, and a node only when that node does: no arrangement has fewer shared pairs when there is one replica each.
 *
 * @param others primaries that there are besides; those of the groups are spread with them
 */
export function formGroups<P extends Placed>(
  pods: readonly P[],
  primaries: number,
  others: readonly P[] = [],
): Group<P>[] {
  const sorted = sortByDomain(pods);
  const members = Array.from({ length: primaries }, (_, group) =>
    sorted.filter((_pod, index) => index % primaries === group),
  );
  separate(members);
  const candidates = members.map(leastCostly);
  return groupsOf(members, spreadPrimaries(candidates, others));
}

/** The members of a group that cost least as its primary. */
function leastCostly<P extends Placed>(members: readonly P[]): P[] {
  const least = groupCost(members);
  return members.filter((member) => costAs(member, members) === least);
}

function groupsOf<P extends Placed>(members: readonly (readonly P[])[], primaries: readonly P[]): Group<P>[] {
  return members
    .map((group, index) => {
      const primary = primaries[index] as P;
      return { primary, replicas: group.filter((member) => member !== primary) };
    })
    .sort((a, b) => comparePods(a.primary.pod, b.primary.pod));
}

function sortByDomain<P extends Placed>(pods: readonly P[]): P[] {
  const inZone = countBy(pods, (pod) => pod.zone);
  const onNode = countBy(pods, (pod) => pod.node);
  const size = (counts: ReadonlyMap<string, number>, key: string): number => counts.get(key) ?? 0;
  return [...pods].sort(
    (a, b) =>
      size(inZone, b.zone) - size(inZone, a.zone) ||
      compare(a.zone, b.zone) ||
      size(onNode, b.node) - size(onNode, a.node) ||
      compare(a.node, b.node) ||
      comparePods(a.pod, b.pod),
  );
}

/** The cost of a group with its best primary. */
function groupCost(members: readonly Placed[]): number {
  return Math.min(...members.map((primary) => costAs(primary, members)));
}

function costAs(primary: Placed, members: readonly Placed[]): number {
  return members.reduce((sum, member) => (member === primary ? sum : sum + pairCost(primary, member)), 0);
}

/** Swaps pods between groups while that lowers the cost; needed only with two replicas or more in few zones. */
function separate<P extends Placed>(groups: P[][]): void {
  for (let improved = true; improved; ) {
    improved = false;
    for (const [index, one] of groups.entries()) {
      if (groupCost(one) === 0) continue;
      for (const other of groups.filter((_group, at) => at !== index)) {
        if (swapOnce(one, other)) improved = true;
      }
    }
  }
}

function swapOnce<P extends Placed>(one: P[], other: P[]): boolean {
  const before = groupCost(one) + groupCost(other);
  for (const [i, mine] of one.entries()) {
    for (const [j, theirs] of other.entries()) {
      one[i] = theirs;
      other[j] = mine;
      if (groupCost(one) + groupCost(other) < before) return true;
      one[i] = mine;
      other[j] = theirs;
    }
  }
  return false;
}

/** The number at the end of a pod's name. */
export function ordinalOf(pod: string): number {
  return Number(/-(\d+)$/.exec(pod)?.[1] ?? 0);
}

/** By ordinal, as StatefulSets count: `redis-2` before `redis-10`. */
export function comparePods(a: string, b: string): number {
  return ordinalOf(a) - ordinalOf(b) || compare(a, b);
}
