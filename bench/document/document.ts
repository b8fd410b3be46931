/** docs/performance.md and its charts, from the recorded results. Pure. */
import type { Result } from '../harness.ts';
import type { Machine, Recorded } from '../record.ts';
import { barChart, format } from './chart.ts';
import { MUSTS, type Must, worstOf } from './musts.ts';
import { SECTIONS, type Section } from './sections.ts';

/** Every file with its text, by its path in the repository. */
export function performanceFiles(records: ReadonlyMap<string, Recorded>): Map<string, string> {
  const files = new Map<string, string>();
  const parts: string[] = [];
  for (const section of SECTIONS) {
    const recorded = records.get(section.name);
    if (recorded === undefined) continue;
    const chart = `performance/${section.name}.svg`;
    files.set(`docs/${chart}`, chartOf(section, recorded.results));
    parts.push(partOf(section, recorded, chart));
  }
  const all = [...records.values()].flatMap(({ results }) => results);
  files.set('docs/performance.md', `${[INTRODUCTION, mustsTable(all), ...parts].join('\n\n')}\n`);
  return files;
}

const INTRODUCTION = `# Performance

Generated from \`bench/results/\` by \`npm run generate\`; \`npm run bench -- --record\` measures again, in about ten minutes. Every
figure has what a user would take instead beside it, measured in the same run and in turns: the median of each, their ratio,
and the two values between which half of ours lie. Times of different machines cannot be compared; ratios nearly can.`;

function mustsTable(results: readonly Result[]): string {
  const rows = MUSTS.map((must) => mustRow(must, worstOf(must, results)));
  return ['| What is promised | Measured, the worst | |', '| --- | --- | --- |', ...rows].join('\n');
}

function mustRow({ text, most }: Must, worst: Result | undefined): string {
  if (worst === undefined) return `| ${text} | not measured | |`;
  return `| ${text} | ${format(worst.ratio)} (\`${worst.bench}\`) | ${worst.ratio <= most ? 'kept' : '**not kept**'} |`;
}

function partOf({ title, text }: Section, { results, machine, date }: Recorded, chart: string): string {
  const rows = results.map(
    ({ bench, size, unit, ours, baseline, ratio, runs, spread: [low, high] }) =>
      `| \`${bench}\` | ${size.toLocaleString('en')} | ${format(ours)} ${unit} | ${format(baseline)} ${unit} | ${format(ratio)} | ${runs} | ${format(low)} to ${format(high)} |`,
  );
  const table = [
    '| Bench | Size | Ours | Baseline | Ratio | Runs | Half of ours |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
  return [`## ${title}`, text, `![${title}](${chart})`, table.join('\n'), machineLine(machine, date)].join('\n\n');
}

function machineLine({ processor, cores, memoryGibibytes, system, node, load }: Machine, date: string): string {
  const busy = load > cores ? `, while others used it (load ${load})` : '';
  return `${date}, ${processor}, ${cores} cores, ${memoryGibibytes} GiB, ${system}, Node ${node}${busy}.`;
}

function chartOf({ title, charted }: Section, results: readonly Result[]): string {
  return barChart(title, results.filter(charted), ({ bench, size }) =>
    size === 1 ? bench : `${bench}, ${size.toLocaleString('en')}`,
  );
}
