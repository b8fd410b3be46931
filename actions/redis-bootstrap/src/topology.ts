/** The cluster as it is, for outputs and the summary. */
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

/** Mermaid: a box for every zone, an arrow from each primary to its replicas. */
export function diagram(shards: readonly Shard[]): string {
  const members = shards.flatMap(({ slots, primary, replicas }) => [
    { ...primary, label: `${primary.pod}<br/>${slots}`, isPrimary: true },
    ...replicas.map((replica) => ({ ...replica, label: replica.pod, isPrimary: false })),
  ]);
  const ids = new Map(members.map(({ pod }, index) => [pod, `n${index}`]));
  const idOf = ({ pod }: { pod: string }): string => ids.get(pod) ?? pod;
  const zones = [...new Set(members.map(({ zone }) => zone))].sort();
  const boxes = zones.flatMap((zone, index) => [
    `  subgraph zone${index}["${zone === '' ? 'no zone' : `zone ${zone}`}"]`,
    ...members
      .filter((member) => member.zone === zone)
      .map((member) => `    ${idOf(member)}${member.isPrimary ? `["${member.label}"]` : `(["${member.label}"])`}`),
    '  end',
  ]);
  const arrows = shards.flatMap(({ primary, replicas }) =>
    replicas.map((replica) => `  ${idOf(primary)} --> ${idOf(replica)}`),
  );
  const primaries = shards.map(({ primary }) => idOf(primary)).join(',');
  const style = ['  classDef primary stroke-width:3px', `  class ${primaries} primary`];
  return ['flowchart LR', ...boxes, ...arrows, ...style].join('\n');
}
