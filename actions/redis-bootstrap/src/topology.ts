/** The cluster as it is, for outputs and the table of the summary. */
import { escapeMarkdown, inlineCode, table } from '#toolkit/action/markdown';
import type { LivePod, PodView } from './cluster-view.ts';
import type { Group, Placed } from './placement.ts';
import { evenRanges, formatRanges } from './slots.ts';

/** One shard. */
export interface Shard {
  slots: string;
  primary: Placed;
  replicas: Placed[];
}

/** The shards of a plan: served slots where there are any, else those that the primary is to get. */
export function shardsOf(groups: readonly Group<PodView>[]): Shard[] {
  const ranges = evenRanges(groups.length);
  return groups.map(({ primary, replicas }, index) => {
    const held = typeof primary.redis === 'string' ? [] : (primary as LivePod).redis.self.slots;
    const slots = formatRanges(held.length > 0 ? held : ranges.slice(index, index + 1));
    return { slots, primary: place(primary), replicas: replicas.map(place) };
  });
}

function place({ pod, node, zone }: Placed): Placed {
  return { pod, node, zone };
}

/** A row for every node, shard by shard. */
export function shardTable(shards: readonly Shard[]): string {
  const rows = shards.flatMap(({ slots, primary, replicas }, index) =>
    [primary, ...replicas].map((member, at) => [
      String(index + 1),
      at === 0 ? 'primary' : 'replica',
      inlineCode(member.pod),
      escapeMarkdown(member.zone || '–'),
      escapeMarkdown(member.node),
      at === 0 ? slots : '',
    ]),
  );
  return table(['Shard', 'Role', 'Pod', 'Zone', 'Node', 'Slots'], rows);
}
