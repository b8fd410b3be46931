/** The graph of phases as SVG: columns by depth, edges as curves. Pure. */
import { escapeHtml } from './escape.ts';
import type { Phase } from './report.ts';

const WIDTH = 122;
const HEIGHT = 46;
const COLUMN = 142;
const ROW = 62;

/** How many phases at most lie before each one: its column. */
function depths(phases: readonly Phase[]): Map<string, number> {
  const depth = new Map<string, number>();
  const visit = (name: string): number => {
    const known = depth.get(name);
    if (known !== undefined) return known;
    depth.set(name, 0);
    const needs = phases.find((phase) => phase.name === name)?.needs ?? [];
    const value = needs.length === 0 ? 0 : 1 + Math.max(...needs.map(visit));
    depth.set(name, value);
    return value;
  };
  for (const { name } of phases) visit(name);
  return depth;
}

/** Edges that no longer path implies. */
function directNeeds(phase: Phase, phases: readonly Phase[]): string[] {
  const behind = (name: string): Set<string> => {
    const needs = phases.find((candidate) => candidate.name === name)?.needs ?? [];
    return new Set(needs.flatMap((need) => [need, ...behind(need)]));
  };
  return phase.needs.filter((need) => !phase.needs.some((other) => other !== need && behind(other).has(need)));
}

/** The drawing. */
export function renderGraph(phases: readonly Phase[]): string {
  const depth = depths(phases);
  const columns = new Map<number, Phase[]>();
  for (const phase of phases) {
    const column = depth.get(phase.name) ?? 0;
    columns.set(column, [...(columns.get(column) ?? []), phase]);
  }
  const tallest = Math.max(...[...columns.values()].map((column) => column.length), 1);
  const place = new Map<string, { x: number; y: number }>();
  for (const [column, members] of columns) {
    const top = ((tallest - members.length) * ROW) / 2;
    members.forEach((phase, row) => {
      place.set(phase.name, { x: column * COLUMN + 2, y: top + row * ROW + 4 });
    });
  }
  const edges = phases.flatMap((phase) =>
    directNeeds(phase, phases).flatMap((need) => {
      const from = place.get(need);
      const to = place.get(phase.name);
      if (from === undefined || to === undefined) return [];
      const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
      const bend = Math.max(20, (x2 - x1) / 2);
      return [`<path class="edge" d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`];
    }),
  );
  const nodes = phases.map((phase) => {
    const { x, y } = place.get(phase.name) ?? { x: 0, y: 0 };
    const under = phase.status === 'succeeded' ? `${phase.outcome}, ${phase.seconds.toFixed(1)} s` : phase.status;
    return `<g transform="translate(${x} ${y})"><rect class="node ${phase.status}" width="${WIDTH}" height="${HEIGHT}" rx="9"/><text x="10" y="20">${escapeHtml(phase.name)}</text><text class="small" x="10" y="36">${escapeHtml(under)}</text></g>`;
  });
  const width = Math.max(...depth.values(), 0) * COLUMN + WIDTH + 4;
  const height = tallest * ROW;
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Graph of the phases">${edges.join('')}${nodes.join('')}</svg>`;
}
