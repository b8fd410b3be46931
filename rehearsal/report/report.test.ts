import { describe, expect, test } from '@jest/globals';
import type { JobResult, RunResult, StepResult } from '../runner/result.ts';
import { renderHtml } from './html.ts';
import { inWords } from './pull-request.ts';
import { makeReport } from './report.ts';
import { printReport } from './terminal.ts';

const step = (id: string, outputs: Record<string, string> = {}): StepResult => ({
  id,
  name: id,
  outcome: 'success',
  conclusion: 'success',
  seconds: 1,
  outputs,
});

const job = (id: string, more: Partial<JobResult> = {}): JobResult => ({
  id,
  name: id.replaceAll('/', ' / '),
  status: 'success',
  seconds: 1,
  waited: 0,
  needs: [],
  outputs: {},
  steps: [],
  summaries: [],
  annotations: [],
  ...more,
});

const run = (jobs: readonly JobResult[], more: Partial<RunResult> = {}): RunResult => ({
  result: 'succeeded',
  reasons: [],
  runId: 1,
  attempt: 1,
  seconds: 7.04,
  jobs,
  comments: [],
  notSimulated: [],
  ...more,
});

const made = (count: number, action = 'create'): string =>
  JSON.stringify(Array.from({ length: count }, (_, index) => ({ action, target: `a.b[${index}]` })));

const plans = run(
  ['development', 'production'].map((environment, index) =>
    job(`preview/${environment}/plan`, {
      steps: [
        step('infra', { outcome: 'planned', steps: made(80 + index) }),
        step('web', { outcome: 'planned', steps: made(2) }),
        step('frontend', { outcome: 'planned', steps: made(10) }),
      ],
    }),
  ),
  { comments: [{ issue: 7, author: 'bot', body: '## What this would do\n\n| a |\n| --- |\n| <script>1</script> |' }] },
);

const context = {
  environment: 'production',
  mode: 'apply',
  startedAt: 0,
  seconds: 35,
  checks: [],
  order: ['plan', 'gate'],
};

describe('the outcome of a phase', () => {
  test.each([
    [
      'of the reconciler that did the most',
      { steps: [step('a', { outcome: 'unchanged' }), step('b', { outcome: 'applied' })] },
      'applied',
    ],
    [
      'at a gate that was opened',
      { review: { environment: 'production', reviewer: 'ada', approved: true } },
      'approved',
    ],
    ['at a gate that was not', { review: { environment: 'production', reviewer: 'ada', approved: false } }, 'rejected'],
    ['where nothing is reconciled', {}, 'passed'],
    ['of what did not run', { status: 'skipped' }, 'skipped'],
    ['of what failed before it began', { status: 'failure' }, 'failed'],
  ] satisfies [string, Partial<JobResult>, string][])('%s', (_, more, outcome) => {
    expect(makeReport(run([job('gate', more)]), context).phases).toMatchObject([{ name: 'gate', outcome }]);
  });
});

describe('a deployment that had nothing to do', () => {
  const planned = (outcome: string) =>
    job('deploy/plan', { steps: [step('infra', { outcome: 'unchanged' }), step('web', { outcome })] });
  const report = (outcome: string, gate: JobResult['status'], mode = 'apply') =>
    makeReport(run([planned(outcome), job('deploy/gate', { status: gate })]), { ...context, mode });

  test('says so', () => {
    expect(report('unchanged', 'skipped').unchanged).toBe(2);
    const said = 'Nothing to do: 2 phases unchanged, no gate, nothing applied.';
    expect(printReport(report('unchanged', 'skipped'), '')).toContain(said);
    expect(renderHtml(report('unchanged', 'skipped'))).toContain(said);
  });

  test.each([
    ['planned', 'skipped', 'apply'],
    ['unchanged', 'success', 'apply'],
    ['unchanged', 'skipped', 'plan'],
  ] as const)('not one that %s, with a gate that is %s, in mode %s', (outcome, gate, mode) => {
    expect(report(outcome, gate, mode).unchanged).toBeUndefined();
  });
});

test('phases that end alike are told apart by what differs in their names', () => {
  const names = (...ids: string[]) => makeReport(run(ids.map((id) => job(id))), context).phases.map(({ name }) => name);
  expect(names('a/b/infra', 'a/b/web')).toEqual(['infra', 'web']);
  expect(names('a/x/apply/infra', 'a/x/apply/web', 'a/y/apply/infra', 'a/y/apply/cron')).toEqual([
    ...['x/infra', 'web', 'y/infra', 'cron'],
  ]);
});

describe('the pull request before a deployment', () => {
  const report = makeReport(run([job('plan')]), { ...context, pullRequest: plans });

  test('counts the Terraform resources of each environment, and those only', () => {
    expect(report.pullRequest).toMatchObject({
      seconds: 7,
      resources: [
        { environment: 'development', infra: { create: 80 }, frontend: { create: 10 } },
        { environment: 'production', infra: { create: 81 }, frontend: { create: 10 } },
      ],
    });
    expect(printReport(report, 'report.html')).toContain(
      '  Terraform resources of production: 81 to create in infra/, 10 to create in infra/frontend/\n',
    );
  });

  test('is shown with its comment, in which nothing runs', () => {
    const html = renderHtml(report);
    expect(html).toContain('<td>development</td><td>80 to create</td><td>10 to create</td><td>90 to create</td>');
    expect(html).toContain('What this would do</h2>');
    expect(html).not.toContain('<script');
  });

  test('fails the rehearsal when it fails', () => {
    const failed = run(plans.jobs, { result: 'failed', reasons: ['infra: no'] });
    expect(makeReport(run([job('plan')]), { ...context, pullRequest: failed })).toMatchObject({
      result: 'failed',
      reasons: ['pull request: infra: no'],
      pullRequest: { result: 'failed' },
    });
    expect(renderHtml(makeReport(run([]), { ...context, pullRequest: failed }))).toContain('No comment was written.');
  });

  test('that is rehearsed alone has its reasons once', () => {
    const failed = run(plans.jobs, { result: 'failed', reasons: ['infra: no'] });
    expect(makeReport(failed, { ...context, pullRequest: failed }).reasons).toEqual(['infra: no']);
  });

  test('is absent when only a deployment was rehearsed', () => {
    expect(makeReport(run([job('plan')]), context)).not.toHaveProperty('pullRequest');
    expect(renderHtml(makeReport(run([job('plan')]), context))).not.toContain('Terraform resources');
  });
});

test.each([
  [[{}], 'none'],
  [[{ create: 2 }, { create: 1, update: 3 }], '3 to create, 3 to update'],
])('%j in words', (counts, words) => {
  expect(inWords(...counts)).toBe(words);
});
