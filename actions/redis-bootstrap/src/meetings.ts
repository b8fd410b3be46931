/** Who has to be introduced to whom. */
import { entryFor, knowsWhereabouts, type LivePod } from './cluster-view.ts';
import type { ClusterStep } from './steps.ts';

/**
 * MEET for every node that does not know where another is. A node that is told the new address of one it knows by id takes
 * it over at once; gossip alone never does while it holds the old one for the truth. Two that have never met need one
 * introduction: the other answers it. Who makes it goes round, so that no node has to make all of them.
 */
export function meetings(live: readonly LivePod[]): ClusterStep[] {
  return live.flatMap((pod, index): ClusterStep[] => {
    const peers = live.filter((peer, at) => {
      if (peer === pod || knowsWhereabouts(pod, peer)) return false;
      const areStrangers = entryFor(pod, peer) === undefined && entryFor(peer, pod) === undefined;
      return !areStrangers || isHisTurn(index, at, live.length);
    });
    return peers.length > 0 ? [{ kind: 'meet', pod: pod.pod, peers: peers.map((peer) => peer.pod) }] : [];
  });
}

/** Of two in a circle, the one from whom the other is less than half way round. */
function isHisTurn(one: number, other: number, count: number): boolean {
  const ahead = (other - one + count) % count;
  return ahead * 2 < count || (ahead * 2 === count && one < other);
}
