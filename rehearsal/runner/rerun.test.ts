/** Re-runs of failed jobs, and gates that are answered one by one or not at all. */
import { afterAll, expect, test } from '@jest/globals';
import { removeDirectories, run, temporaryDirectory } from './testing.ts';

afterAll(removeDirectories);

const job = (id: string, more: string, script: string): string =>
  `  ${id}:\n    runs-on: ubuntu-latest\n${more}    steps:\n      - run: ${script}\n`;

test('failed jobs are run again with what needs them; what succeeded is kept with outputs and artifacts', async () => {
  const workflow = `on: workflow_dispatch
jobs:
  made:
    runs-on: ubuntu-latest
    outputs: { attempt: '\${{ steps.o.outputs.attempt }}' }
    steps:
      - id: o
        run: echo "attempt=$GITHUB_RUN_ATTEMPT" | tee a.txt >> "$GITHUB_OUTPUT"
      - uses: actions/upload-artifact@v7
        with: { name: a, path: a.txt }
  fails:
    needs: made
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v8
        with: { name: a }
      - id: broken
        run: test -f a.txt
${job('after', '    needs: [made, fails]\n', `test "\${{ needs.made.outputs.attempt }}" = 1`)}${job('always', '    needs: fails\n    if: always()\n', 'echo "in attempt $GITHUB_RUN_ATTEMPT"')}`;
  const directory = temporaryDirectory();
  const first = await run(workflow, { directory, failStep: { job: 'fails', step: 'broken' } });
  expect(first.result.jobs.map(({ id, status }) => [id, status])).toEqual([
    ['made', 'success'],
    ['fails', 'failure'],
    ['after', 'skipped'],
    ['always', 'success'],
  ]);
  // As it is kept between two rehearsals.
  const second = await run(workflow, { directory, rerun: JSON.parse(JSON.stringify(first.result)) });
  expect(second.result).toMatchObject({ result: 'succeeded', attempt: 2, runId: first.result.runId });
  const started = second.events.flatMap((event) => (event.type === 'job-started' ? [event.job] : []));
  expect(started.sort()).toEqual(['after', 'always', 'fails']);
  expect(second.job('made').outputs).toEqual({ attempt: '1' });
  expect(second.lines).toContain('in attempt 2');
});

test('one gate is opened, one stays shut for 30 days, and what needs it does not run', async () => {
  const environments = { a: { reviewers: ['bob'] }, b: { reviewers: ['bob'] } };
  const { result } = await run(
    `on: workflow_dispatch\njobs:\n${job('a', '    environment: a\n', 'true')}${job('b', '    needs: a\n    environment: b\n', 'true')}${job('c', '    needs: b\n', 'true')}`,
    { environments, gate: { mode: 'approve', of: { b: 'expire' } } },
  );
  expect(result.jobs.map(({ status }) => status)).toEqual(['success', 'failure', 'skipped']);
  expect(result).toMatchObject({
    result: 'failed',
    reasons: ["nobody answered for environment 'b' in 30 days, so job 'b' failed"],
  });
});
