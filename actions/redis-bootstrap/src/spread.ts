/** Primaries evenly over zones and nodes: one that holds most of them takes the majority with it. Pure and deterministic. */
import type { Placed } from './placement.ts';

/**
 * Chooses a primary for each group among its candidates, so that primaries are even over zones when there are two or more,
 * and in second place over nodes. The first candidate of a group stays when another would not make it more even.
 *
 * @param others primaries that are not to be chosen, but count
 */
export function spreadPrimaries<P extends Placed>(candidates: readonly (readonly P[])[], others: readonly P[]): P[] {
  const choices = [...candidates, ...others.map((other) => [other])];
  const chosen = choices.map(([first]) => first as P);
  balance(chosen, choices, domainOf(choices));
  if (domainOf(choices) === zoneOf) evenOutNodes(chosen, choices);
  return chosen.slice(0, candidates.length);
}

/** The same with fewest changes: nobody changes while no zone, or without zones no node, has two more than another could have. */
export function evenOutPrimaries<P extends Placed>(candidates: readonly (readonly P[])[]): P[] {
  const chosen = candidates.map(([first]) => first as P);
  balance(chosen, candidates, domainOf(candidates));
  return chosen;
}

const zoneOf = ({ zone }: Placed): string => zone;
const nodeOf = ({ node }: Placed): string => node;

function domainOf(choices: readonly (readonly Placed[])[]): (pod: Placed) => string {
  return new Set(choices.flat().map(zoneOf)).size > 1 ? zoneOf : nodeOf;
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

/** How many items have each key. */
export function countBy<P>(items: readonly P[], key: (item: P) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** By code units, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
