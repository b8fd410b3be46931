import { pathInWords } from './critical-path.ts';
import { inWords } from './pull-request.ts';
import type { Phase, Report } from './report.ts';

const MARKS: Record<Phase['status'], string> = {
  succeeded: 'ok',
  failed: 'FAILED',
  skipped: 'skipped',
  rejected: 'REJECTED',
};

/** What a run says that had nothing to do. */
export function nothingToDo(unchanged: number): string {
  return `Nothing to do: ${unchanged} phases unchanged, no gate, nothing applied.`;
}

/** The end of a rehearsal as a table for the terminal. Pure. */
export function printReport(report: Report, htmlFile: string): string {
  const width = Math.max(...report.phases.map(({ name }) => name.length), 5);
  const rows = report.phases.map((phase) => {
    const steps =
      phase.steps.length === 0 ? '' : `${phase.steps.length} ${phase.steps.length === 1 ? 'step' : 'steps'}`;
    return `  ${phase.name.padEnd(width)}  ${MARKS[phase.status].padEnd(8)}  ${phase.outcome.padEnd(9)}  ${phase.seconds.toFixed(1).padStart(6)} s  ${steps}`.trimEnd();
  });
  const checks = report.checks.map(
    ({ check, passed, detail }) => `  ${passed ? 'ok' : 'FAILED'}  ${check} (${detail})`,
  );
  const resources = (report.pullRequest?.resources ?? []).map(
    ({ environment, infra, frontend }) =>
      `  Terraform resources of ${environment}: ${inWords(infra)} in infra/, ${inWords(frontend)} in infra/frontend/`,
  );
  return [
    '',
    ...rows,
    '',
    ...(report.unchanged === undefined ? [] : [`  ${nothingToDo(report.unchanged)}`, '']),
    ...(resources.length > 0 ? [...resources, ''] : []),
    ...checks,
    '',
    ...(report.criticalPath.length === 0
      ? []
      : [
          `  Critical path: ${pathInWords(report.criticalPath)}`,
          `  Runners: ${report.runner.jobs} jobs, ${report.runner.seconds.toFixed(1)} s together`,
          '',
        ]),
    ...(report.reasons.length > 0 ? [...report.reasons.map((reason) => `  ${reason}`), ''] : []),
    `${report.environment}: ${report.result} in ${report.seconds.toFixed(1)} s. Report: ${htmlFile}`,
  ].join('\n');
}
