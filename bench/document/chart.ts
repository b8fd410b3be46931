/** Charts as SVG, readable on light and on dark pages. Pure. */
import type { Result } from '../harness.ts';

const COLORS = { ours: '#2f7ed8', baseline: '#9a9a9a' } as const;
const TEXT = '#808080';
const WIDTH = 720;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 110;
const BAR_HEIGHT = 11;
const GROUP_HEIGHT = 34;
const TOP = 34;

/** Two bars for each result: ours and what it is measured against. Bars are to scale within a unit. */
export function barChart(title: string, results: readonly Result[], label: (result: Result) => string): string {
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const largest = new Map<string, number>();
  for (const { unit, ours, baseline } of results) largest.set(unit, Math.max(largest.get(unit) ?? 0, ours, baseline));
  const groups = results.map((result, index) => {
    const y = TOP + index * GROUP_HEIGHT;
    const bars = (['ours', 'baseline'] as const).map((who, row) => {
      const width = Math.max(1, (result[who] / (largest.get(result.unit) ?? 1)) * room);
      const top = y + row * (BAR_HEIGHT + 2);
      const value = text(LABEL_WIDTH + width + 6, top + BAR_HEIGHT - 2, `${format(result[who])} ${result.unit}`);
      return `<rect x="${LABEL_WIDTH}" y="${top}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" fill="${COLORS[who]}"/>${value}`;
    });
    return text(LABEL_WIDTH - 8, y + BAR_HEIGHT + 3, label(result), 'end') + bars.join('');
  });
  const legend =
    text(LABEL_WIDTH, 20, 'this project', 'start', COLORS.ours) +
    text(LABEL_WIDTH + 100, 20, 'what it is measured against', 'start', COLORS.baseline);
  const height = TOP + results.length * GROUP_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
${legend}
${groups.join('\n')}
</svg>
`;
}

function text(x: number, y: number, value: string, anchor = 'start', color: string = TEXT): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" fill="${color}">${escapeXml(value)}</text>`;
}

function escapeXml(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** With thousands separated. */
export function format(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
