/** Which free node becomes whose replica, when the primaries are there already. */
import { comparePods, type Placed, pairCost } from './placement.ts';

/** A primary that wants more replicas. */
export interface Vacancy<P extends Placed> {
  primary: P;
  /** How many it wants. */
  wanted: number;
}

/** One replica to be attached. */
export interface Attachment<P extends Placed> {
  primary: P;
  replica: P;
}

/**
 * Fills the vacancies with the free pods at the least total cost (`pairCost`): no other assignment puts fewer replicas on
 * the node, or in the zone, of their primary. Successive shortest paths on the bipartite graph of vacancies and pods.
 */
export function attachReplicas<P extends Placed>(
  vacancies: readonly Vacancy<P>[],
  free: readonly P[],
): Attachment<P>[] {
  const seats = vacancies.flatMap(({ primary, wanted }) => Array.from({ length: wanted }, () => primary));
  const pods = [...free].sort((a, b) => comparePods(a.pod, b.pod));
  const seatOf = new Map<number, number>();
  const podAt = new Map<number, number>();
  for (let start = 0; start < pods.length && podAt.size < seats.length; start += 1) {
    augment(start, pods, seats, seatOf, podAt);
  }
  return [...podAt]
    .sort(([a], [b]) => a - b)
    .map(([seat, pod]) => ({ primary: seats[seat] as P, replica: pods[pod] as P }));
}

/** Seats one more pod, moving others where that is cheaper (Bellman-Ford: moving a pod off its seat gives its cost back). */
function augment<P extends Placed>(
  start: number,
  pods: readonly P[],
  seats: readonly P[],
  seatOf: Map<number, number>,
  podAt: Map<number, number>,
): void {
  const cost = (pod: number, seat: number): number => pairCost(pods[pod] as P, seats[seat] as P);
  const toPod = new Map<number, number>([[start, 0]]);
  const toSeat = new Map<number, { distance: number; pod: number }>();
  for (const queue = [start]; queue.length > 0; ) {
    const pod = queue.shift() as number;
    for (const seat of seats.keys()) {
      if (seatOf.get(pod) === seat) continue;
      const distance = (toPod.get(pod) ?? 0) + cost(pod, seat);
      if (distance >= (toSeat.get(seat)?.distance ?? Number.POSITIVE_INFINITY)) continue;
      toSeat.set(seat, { distance, pod });
      const sitting = podAt.get(seat);
      if (sitting === undefined) continue;
      toPod.set(sitting, distance - cost(sitting, seat));
      queue.push(sitting);
    }
  }
  const [end] = [...toSeat]
    .filter(([seat]) => !podAt.has(seat))
    .sort(([seatA, a], [seatB, b]) => a.distance - b.distance || seatA - seatB);
  for (let seat = end?.[0]; seat !== undefined; ) {
    const pod = toSeat.get(seat)?.pod as number;
    const before = seatOf.get(pod);
    seatOf.set(pod, seat);
    podAt.set(seat, pod);
    seat = before;
  }
}
