/** When each phase ran, as SVG bars on one axis of seconds. Pure. */
import { escapeHtml } from './escape.ts';
import type { Phase } from './report.ts';

const LEFT = 130;
const WIDTH = 900;
const ROW = 26;

/** Distance of the grid lines: about eight of them, at round numbers of seconds. */
function gridStep(seconds: number): number {
  return [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((step) => seconds / step <= 8) ?? 1200;
}

/** The drawing. @param critical names of the phases on the critical path */
export function renderTimeline(phases: readonly Phase[], seconds: number, critical: ReadonlySet<string>): string {
  const ran = phases.filter(({ startedAfter }) => startedAfter !== undefined);
  const scale = (WIDTH - LEFT - 60) / Math.max(seconds, 1);
  const step = gridStep(seconds);
  const bottom = ran.length * ROW + 4;
  const grid = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => {
    const x = LEFT + i * step * scale;
    return `<line class="grid" x1="${x}" y1="0" x2="${x}" y2="${bottom}"/><text class="small" x="${x}" y="${bottom + 14}" text-anchor="middle">${i * step} s</text>`;
  });
  const bars = ran.map((phase, row) => {
    const x = LEFT + (phase.startedAfter ?? 0) * scale;
    const width = Math.max(3, phase.seconds * scale);
    const y = row * ROW + 4;
    return `<text x="0" y="${y + 14}">${escapeHtml(phase.name)}</text><rect class="bar ${phase.status}${critical.has(phase.name) ? ' critical' : ''}" x="${x}" y="${y}" width="${width}" height="17" rx="4"/><text class="small" x="${x + width + 6}" y="${y + 13}">${phase.seconds.toFixed(1)} s</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${bottom + 20}" width="${WIDTH}" role="img" aria-label="Timeline of the phases">${grid.join('')}${bars.join('')}</svg>`;
}
