/** `docs/faults.md`: what `npm run faults` has recorded, as tables. Pure. */
import type { RunResult } from '../test/faults/results.ts';
import type { Verdict } from '../test/faults/verdicts.ts';

const ENDS = ['overcome', 'run again', 'failed'] as const;

/** A trial of a run with which something else was wrong did not converge, whatever its own action did. */
function endOf(run: RunResult, verdict: Verdict): Verdict['end'] {
  return run.problems.length > 0 ? 'failed' : verdict.end;
}

function table(title: string, rows: Map<string, Verdict['end'][]>): string {
  const lines = [...rows].sort().map(([name, ends]) => {
    const counts = ENDS.map((end) => ends.filter((one) => one === end).length);
    return `| ${[`\`${name}\``, ends.length, ...counts].join(' | ')} |`;
  });
  return [
    `| ${title} | trials | overcome | converged when run again | not converged |`,
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function grouped(
  results: readonly RunResult[],
  keysOf: (verdict: Verdict) => readonly string[],
): Map<string, Verdict['end'][]> {
  const rows = new Map<string, Verdict['end'][]>();
  for (const run of results)
    for (const verdict of run.verdicts)
      for (const key of keysOf(verdict)) rows.set(key, [...(rows.get(key) ?? []), endOf(run, verdict)]);
  return rows;
}

const kindOf = (fault: string): string => fault.split(' at ')[0] ?? fault;

/** The page. */
export function renderFaults(results: readonly RunResult[]): string {
  const all = results.flatMap((run) => run.verdicts.map((verdict) => ({ verdict, end: endOf(run, verdict), run })));
  const of = (faults: number): string => {
    const these = all.filter(({ verdict }) => verdict.faults.length === faults);
    return `${these.filter(({ end }) => end !== 'failed').length} of ${these.length}`;
  };
  const bad = all
    .filter(({ end }) => end === 'failed')
    .map(({ verdict, run }) => {
      const why = verdict.problem ?? run.problems[0] ?? '';
      return `- ${verdict.id}, \`${verdict.stage}\`: ${verdict.faults.join(' and ')}. ${why.replaceAll('\n', ' ').slice(0, 300)}`;
    });
  return `# Faults

Generated from \`test/faults/results.jsonl\`, which \`npm run faults\` appends to.

The pipeline is rehearsed from nothing to the end, each time with other faults, which a seed chooses among all requests and
processes ([kinds and services](../rehearsal/faults/README.md)). What is counted:

- A **trial** is one fault (a single), or two at requests that follow one another (a pair). It counts only when its faults were seen
  to happen.
- Many trials share a rehearsal: they are in different stages, in different attempts of one, or at least six requests of the same
  service apart. An action that fails is run again with the next faults and at last with none, as GitHub's *Re-run failed jobs*
  would; the jobs around it are not.
- **Overcome**: the action went on by itself. **Converged when run again**: it failed with a message that names the cause, or was
  killed and could say nothing, and ended well when it was run again without a fault.
- At the end of the rehearsal, Kubernetes objects, pods, both Redis clusters, Terraform outputs, database tables and private link
  connections are compared with those of a rehearsal without faults; logs, summaries and reports are searched for every secret in
  play; nothing may hold a lock or still run. When any of that is not so, no trial of the rehearsal counts as converged.

Converged: **${of(1)} singles, ${of(2)} pairs**, in ${results.length} rehearsals.

## By fault

${table(
  'fault',
  grouped(results, ({ faults }) => [...new Set(faults.map(kindOf))]),
)}

A pair is in the rows of both of its faults.

## By stage

${table(
  'stage',
  grouped(results, ({ stage }) => [stage]),
)}

## Not converged

${bad.length === 0 ? 'None.' : bad.join('\n')}
`;
}
