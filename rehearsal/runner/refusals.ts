import { callsOf } from './expressions.ts';
import type { Problems } from './problems.ts';
import { get, items, literal, type Token } from './tokens.ts';

const jobKeys: Readonly<Record<string, string>> = {
  container: 'job containers are not simulated',
  services: 'service containers are not simulated',
  snapshot: 'image snapshots are not simulated',
  'cancel-timeout-minutes': 'cancel-timeout-minutes is not simulated',
};

const stepKeys: Readonly<Record<string, string>> = {
  background: 'background steps are not simulated',
  wait: 'wait steps are not simulated',
  'wait-all': 'wait-all steps are not simulated',
  cancel: 'cancel steps are not simulated',
  parallel: 'parallel steps are not simulated',
};

/** Adds a problem for everything in a job that this runner knows of but does not do. */
export function refuseJob(file: string, job: Token, condition: string, problems: Problems): void {
  for (const [key, message] of Object.entries(jobKeys)) {
    const found = get(job, key);
    if (found !== undefined) problems.add(file, found.line ?? job.line, message);
  }
  for (const label of labelsOf(get(job, 'runs-on'))) {
    const wrong = refuseLabel(label.text);
    if (wrong !== undefined) problems.add(file, label.line, wrong);
  }
  const withArguments = callsOf(condition).find((call) => isStatus(call.name) && call.hasArguments);
  if (withArguments !== undefined)
    problems.add(
      file,
      get(job, 'if')?.line,
      `${withArguments.name}() with job names is undocumented and not simulated`,
    );
  refuseShell(file, get(job, 'defaults', 'run', 'shell'), problems);
}

/** Adds a problem for everything in a step that this runner knows of but does not do. */
export function refuseStep(file: string, step: Token, problems: Problems): void {
  for (const [key, message] of Object.entries(stepKeys)) {
    const found = get(step, key);
    if (found !== undefined) problems.add(file, found.line ?? step.line, message);
  }
  refuseShell(file, get(step, 'shell'), problems);
}

/** Adds a problem for a literal shell other than bash and sh. */
export function refuseShell(file: string, token: Token | undefined, problems: Problems): void {
  const shell = literal(token);
  if (shell !== undefined && shell !== 'bash' && shell !== 'sh')
    problems.add(file, token?.line, `shell '${shell}' is not simulated; use bash or sh`);
}

/** Says what is wrong with a runner label, or undefined. Labels of self-hosted runners are taken to be Linux. */
export function refuseLabel(label: string): string | undefined {
  return /^(windows|macos)\b/i.test(label) ? `runs-on: ${label} is not simulated; only Linux runners are` : undefined;
}

function labelsOf(runsOn: Token | undefined): { text: string; line: number | undefined }[] {
  const tokens = [runsOn, ...items(runsOn), get(runsOn, 'labels'), ...items(get(runsOn, 'labels'))];
  return tokens.flatMap((token) => {
    const text = literal(token);
    return text === undefined ? [] : [{ text, line: token?.line }];
  });
}

function isStatus(name: string): boolean {
  return name === 'success' || name === 'failure';
}
