/**
 * Who is a primary and whose replica is where, from nodes and zones alone. Pure and deterministic: the same pods on the
 * same machines give the same answer, so that a forming that was killed is taken up where it stopped.
 */

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
 */
export function formGroups<P extends Placed>(pods: readonly P[], primaries: number): Group<P>[] {
  const sorted = sortByDomain(pods);
  const members = Array.from({ length: primaries }, (_, group) =>
    sorted.filter((_pod, index) => index % primaries === group),
  );
  separate(members);
  return choosePrimaries(members);
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

/**
 * Chooses each group's primary among its members of least cost, so that primaries are spread evenly: over zones when there
 * are two or more, and in second place over nodes. A node or zone that holds most primaries takes the quorum with it.
 */
function choosePrimaries<P extends Placed>(groups: readonly (readonly P[])[]): Group<P>[] {
  const choices = groups.map((members) => {
    const least = groupCost(members);
    return members.filter((member) => costAs(member, members) === least);
  });
  const chosen = choices.map((candidates) => candidates[0] as P);
  const zones = new Set(groups.flat().map((pod) => pod.zone));
  balance(chosen, choices, zones.size > 1 ? (pod) => pod.zone : (pod) => pod.node);
  if (zones.size > 1) evenOutNodes(chosen, choices);
  return groups
    .map((members, index) => {
      const primary = chosen[index] as P;
      return { primary, replicas: members.filter((member) => member !== primary) };
    })
    .sort((a, b) => comparePods(a.primary.pod, b.primary.pod));
}

/**
 * Moves primaries along chains of groups from a full domain to one that has two fewer or less, until there is none. Without
 * such a chain no choice is more even (the exchange argument of balanced orientations).
 */
function balance<P extends Placed>(
  chosen: P[],
  choices: readonly (readonly P[])[],
  domainOf: (pod: P) => string,
): void {
  const domains = [...new Set(choices.flat().map(domainOf))].sort(compare);
  for (let moved = true; moved; ) {
    moved = false;
    const counts = countBy(chosen, domainOf);
    const count = (domain: string): number => counts.get(domain) ?? 0;
    for (const from of [...domains].sort((a, b) => count(b) - count(a) || compare(a, b))) {
      const chain = findChain(from, chosen, choices, domainOf, (domain) => count(domain) <= count(from) - 2);
      if (chain === undefined) continue;
      for (const { group, pod } of chain) chosen[group] = pod;
      moved = true;
      break;
    }
  }
}

/** Breadth first over domains: an edge is a group whose primary could move from one domain to another. */
function findChain<P extends Placed>(
  from: string,
  chosen: readonly P[],
  choices: readonly (readonly P[])[],
  domainOf: (pod: P) => string,
  isTarget: (domain: string) => boolean,
): { group: number; pod: P }[] | undefined {
  const chains = new Map<string, { group: number; pod: P }[]>([[from, []]]);
  for (const [domain, chain] of chains) {
    if (isTarget(domain)) return chain;
    for (const [group, primary] of chosen.entries()) {
      if (domainOf(primary) !== domain) continue;
      for (const pod of choices[group] ?? []) {
        if (!chains.has(domainOf(pod))) chains.set(domainOf(pod), [...chain, { group, pod }]);
      }
    }
  }
  return undefined;
}

/** Changes one or two groups at a time while primaries get more even over nodes and not less even over zones. */
function evenOutNodes<P extends Placed>(chosen: P[], choices: readonly (readonly P[])[]): void {
  const uneven = (key: (pod: P) => string): number =>
    [...countBy(chosen, key).values()].reduce((sum, count) => sum + count * count, 0);
  const score = (): number => uneven((pod) => pod.zone) * 10_000 + uneven((pod) => pod.node);
  let best = score();
  const attempt = (changes: readonly { group: number; pod: P }[]): boolean => {
    const before = changes.map(({ group }) => chosen[group] as P);
    for (const { group, pod } of changes) chosen[group] = pod;
    const now = score();
    if (now < best) {
      best = now;
      return true;
    }
    for (const [index, { group }] of changes.entries()) chosen[group] = before[index] as P;
    return false;
  };
  const moves = choices.flatMap((candidates, group) => candidates.map((pod) => ({ group, pod })));
  for (let improved = true; improved; ) {
    improved =
      moves.some((move) => attempt([move])) ||
      moves.some((one) => moves.some((other) => one.group < other.group && attempt([one, other])));
  }
}

function countBy<P>(items: readonly P[], key: (item: P) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By ordinal, as StatefulSets count: `redis-2` before `redis-10`. */
export function comparePods(a: string, b: string): number {
  const ordinal = (pod: string): number => Number(/-(\d+)$/.exec(pod)?.[1] ?? 0);
  return ordinal(a) - ordinal(b) || compare(a, b);
}
