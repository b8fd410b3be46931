/** Which pod is whose replica, when the primaries are there already. */
import { comparePods, type Placed, pairCost } from './placement.ts';

/** A primary that wants replicas. */
export interface Vacancy<P extends Placed> {
  primary: P;
  /** How many it wants. */
  wanted: number;
}

/** One replica of one primary. */
export interface Attachment<P extends Placed> {
  primary: P;
  replica: P;
}

/** A change is worth a better place, and never made for nothing: it weighs less than the least that a place can differ by. */
const PLACE = 1000;
const CHANGE = 1;

/**
 * Fills the vacancies with the pods at the least total cost (`pairCost`): no other assignment puts fewer replicas on the
 * node, or in the zone, of their primary, and none of those that are as good changes fewer replicas. Successive shortest
 * paths on the bipartite graph of vacancies and pods.
 *
 * @param isAttached whether the pod is the primary's replica now
 */
export function attachReplicas<P extends Placed>(
  vacancies: readonly Vacancy<P>[],
  free: readonly P[],
  isAttached: (primary: P, pod: P) => boolean = () => false,
): Attachment<P>[] {
  const seats = vacancies.flatMap(({ primary, wanted }) => Array.from({ length: wanted }, () => primary));
  const pods = [...free].sort((a, b) => comparePods(a.pod, b.pod));
  const cost = (pod: number, seat: number): number => {
    const [sitter, primary] = [pods[pod] as P, seats[seat] as P];
    return pairCost(sitter, primary) * PLACE + (isAttached(primary, sitter) ? 0 : CHANGE);
  };
  const seating = seatThoseWellPlaced(pods.length, seats.length, cost);
  for (let start = 0; start < pods.length && seating.podAt.size < seats.length; start += 1) {
    if (!seating.seatOf.has(start)) augment(start, seats.length, seating, cost);
  }
  return [...seating.podAt]
    .sort(([a], [b]) => a - b)
    .map(([seat, pod]) => ({ primary: seats[seat] as P, replica: pods[pod] as P }));
}

interface Seating {
  seatOf: Map<number, number>;
  podAt: Map<number, number>;
}

/** Whoever costs nothing where it is begins there: a cluster that is right is not searched at all. */
function seatThoseWellPlaced(pods: number, seats: number, cost: (pod: number, seat: number) => number): Seating {
  const seating: Seating = { seatOf: new Map(), podAt: new Map() };
  for (let pod = 0; pod < pods; pod += 1) {
    for (let seat = 0; seat < seats && !seating.seatOf.has(pod); seat += 1) {
      if (seating.podAt.has(seat) || cost(pod, seat) > 0) continue;
      seating.seatOf.set(pod, seat);
      seating.podAt.set(seat, pod);
    }
  }
  return seating;
}

/** Seats one more pod, moving others where that is cheaper (Bellman-Ford: moving a pod off its seat gives its cost back). */
function augment(
  start: number,
  seats: number,
  { seatOf, podAt }: Seating,
  cost: (pod: number, seat: number) => number,
): void {
  const toPod = new Map<number, number>([[start, 0]]);
  const toSeat = new Map<number, { distance: number; pod: number }>();
  for (const queue = [start]; queue.length > 0; ) {
    const pod = queue.shift() as number;
    for (let seat = 0; seat < seats; seat += 1) {
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
