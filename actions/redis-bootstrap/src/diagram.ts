/** The shards as a picture: one below the other, an arrow from each primary to its replicas, a colour for every zone. */
import { type Placed, pairCost } from './placement.ts';
import type { Shard } from './topology.ts';

/** GitHub draws no diagram of more than 50,000 characters; a shard takes up to some 300. */
const MOST_SHARDS = 100;
/** Light, so that black letters can be read on them in a light and in a dark page. Zones beyond begin again. */
const COLOURS = ['#cfe8ff', '#ffe3b3', '#d5f2d0', '#f3d4f0', '#e4e4e4'];
/** In pixels: by default lines are broken at 200, and ten shards are a page. */
const LAYOUT = '%%{init: {"flowchart": {"nodeSpacing": 12, "rankSpacing": 90, "padding": 8, "wrappingWidth": 400}}}%%';

/** Mermaid; empty for more shards than are drawn. A pair that one failure would take is dotted, and says why. */
export function diagram(shards: readonly Shard[]): string {
  if (shards.length === 0 || shards.length > MOST_SHARDS) return '';
  const zones = [...new Set(shards.flatMap(({ primary, replicas }) => [primary, ...replicas].map(({ zone }) => zone)))];
  zones.sort();
  const place = ({ pod, zone }: Placed): string => `${pod}${zone === '' ? '' : ` · ${zone}`}`;
  const style = ({ zone }: Placed): string => `:::zone${zones.indexOf(zone)}`;
  const rows = shards.flatMap(({ slots, primary, replicas }, shard) => [
    `  p${shard}["${place(primary)}<br/>${slots}"]${style(primary)}`,
    ...replicas.map(
      (replica, index) =>
        `  p${shard} ${arrow(primary, replica)} r${shard}_${index}(["${place(replica)}"])${style(replica)}`,
    ),
  ]);
  const colours = zones.map(
    (_, index) => `  classDef zone${index} fill:${COLOURS[index % COLOURS.length]},stroke:#555,color:#000`,
  );
  return [LAYOUT, 'flowchart LR', ...rows, ...colours].join('\n');
}

function arrow(primary: Placed, replica: Placed): string {
  const cost = pairCost(primary, replica);
  if (cost === 0) return '-->';
  return cost === 1 ? '-. same zone .->' : '-. same node .->';
}
