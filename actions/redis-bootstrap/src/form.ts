/** The steps that form a cluster of nodes without keys, or go on with a forming that was cut off. Pure. */
import { type LivePod, ownSlots, strangers } from './cluster-view.ts';
import { meetings } from './meetings.ts';
import type { Group } from './placement.ts';
import { evenRanges, subtractRanges } from './slots.ts';
import type { ClusterStep } from './steps.ts';

/** What is left to do to form these groups; what cannot be a part of them is emptied first. */
export function formSteps(live: readonly LivePod[], groups: readonly Group<LivePod>[]): ClusterStep[] {
  if (isCompatible(live, groups)) return formFrom(live, groups);
  return [...live.map(({ pod }): ClusterStep => ({ kind: 'reset', pod })), ...formFrom(live.map(emptied), groups)];
}

function formFrom(live: readonly LivePod[], groups: readonly Group<LivePod>[]): ClusterStep[] {
  const ranges = evenRanges(groups.length);
  const now = new Map(live.map((pod) => [pod.pod, pod]));
  const current = (pod: LivePod): LivePod => now.get(pod.pod) ?? pod;
  const members = groups.flatMap(({ primary, replicas }) => [primary, ...replicas]);
  const order = [...groups.map(({ primary }) => primary), ...groups.flatMap(({ replicas }) => replicas)];
  const epochs = order.flatMap((pod, index): ClusterStep[] => {
    const { self, others } = current(pod).redis;
    return self.configEpoch === 0 && others.length === 0 ? [{ kind: 'set-epoch', pod: pod.pod, epoch: index + 1 }] : [];
  });
  const slots = groups.flatMap(({ primary }, index): ClusterStep[] => {
    const left = subtractRanges(ranges.slice(index, index + 1), ownSlots(current(primary)));
    return left.length > 0 ? [{ kind: 'assign-slots', pod: primary.pod, slots: left }] : [];
  });
  const replicate = groups.flatMap(({ primary, replicas }) =>
    replicas
      .filter((replica) => current(replica).redis.self.primaryId !== primary.redis.id)
      .map((replica): ClusterStep => ({ kind: 'replicate', pod: replica.pod, primary: primary.pod })),
  );
  const introduced = live.filter((pod) => members.some((member) => member.pod === pod.pod));
  return [...epochs, ...slots, ...meetings(introduced), ...replicate];
}

/** Whether everything that is there is a part of these groups, so that nothing has to be undone. */
function isCompatible(live: readonly LivePod[], groups: readonly Group<LivePod>[]): boolean {
  const ranges = evenRanges(groups.length);
  if (strangers(live).dead.size > 0) return false;
  return groups.every(
    ({ primary, replicas }, index) =>
      primary.redis.role === 'primary' &&
      primary.redis.self.moving.length === 0 &&
      subtractRanges(ownSlots(primary), ranges.slice(index, index + 1)).length === 0 &&
      replicas.every(
        ({ redis }) =>
          redis.self.slots.length === 0 && (redis.role === 'primary' || redis.self.primaryId === primary.redis.id),
      ),
  );
}

/** The pod as it will be after a hard reset. Its new id is not known yet; until then the old one stands for it. */
function emptied(pod: LivePod): LivePod {
  const { primaryId: _, ...self } = pod.redis.self;
  return {
    ...pod,
    redis: { ...pod.redis, role: 'primary', others: [], self: { ...self, configEpoch: 0, slots: [], moving: [] } },
  };
}
