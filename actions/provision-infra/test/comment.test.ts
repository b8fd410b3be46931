import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { removeDirectories } from '../../../rehearsal/runner/testing.ts';
import type { ActionEnd } from '../../../test/support/action-process.ts';
import { onStage, REPOSITORY, type Stage } from '../../../test/support/pull-request.ts';
import { SMALL, type TestRoot, testRoot } from './root.ts';

const MOST_MILLISECONDS = 120_000;

afterAll(removeDirectories);

/** A root for one test. */
async function withRoot(play: (root: TestRoot) => Promise<void>): Promise<void> {
  const root = testRoot(SMALL);
  try {
    await play(root);
  } finally {
    root.remove();
  }
}

function run(stage: Stage, root: TestRoot, inputs: Record<string, string>): Promise<ActionEnd> {
  return root.run({ comment: 'auto', 'github-token': stage.token(), ...inputs }, { environment: stage.environment() });
}

describe('the comment', () => {
  test.concurrent(
    'has the plan, then what was applied, in the same section',
    onStage((stage) =>
      withRoot(async (root) => {
        const planned = await run(stage, root, { mode: 'plan' });
        expect(planned.errors).toEqual([]);
        expect(planned.outputs['comment-url']).toContain(`${REPOSITORY}/pull/7#issuecomment-1`);
        const [plan = ''] = stage.bodies();
        expect(plan).toContain('<!-- moodle-high-scale section: test/infra ');
        expect(plan).toContain('**Plan: 3 to create.** 4 outputs change.\n<!-- moodle-high-scale details -->\n');
        const applied = await run(stage, root, {});
        expect(applied.outputs).toMatchObject({ outcome: 'applied', 'comment-url': planned.outputs['comment-url'] });
        expect(stage.bodies()).toHaveLength(1);
        expect(stage.bodies()[0]).toContain('3 created');
      }),
    ),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'says why it failed',
    onStage((stage) =>
      withRoot(async (root) => {
        const end = await run(stage, root, { mode: 'plan', variables: '{"size": 200}' });
        expect(end.exitCode).toBe(1);
        expect(stage.bodies()[0]).toContain('### test/infra: the plan failed\n\n> [!CAUTION]\n> ');
        expect(stage.bodies()[0]).toContain('size is 200; give less than 100.');
      }),
    ),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'does not fail the phase when it cannot be written',
    onStage((stage) =>
      withRoot(async (root) => {
        const inputs = { 'github-token': stage.token({ 'pull-requests': 'read' }) };
        const end = await run(stage, root, inputs);
        expect(end.exitCode).toBe(0);
        expect(end.warnings).toEqual([expect.stringContaining('Give the job `permissions: pull-requests: write`.')]);
        expect(end.outputs).toMatchObject({ outcome: 'applied', 'comment-url': '' });
        const missing = await run(stage, root, { 'pull-request': '99' });
        expect(missing.exitCode).toBe(0);
        expect(missing.warnings).toEqual([expect.stringContaining('has no pull request 99')]);
      }),
    ),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'is not written without being asked for, and not without a token',
    onStage((stage) =>
      withRoot(async (root) => {
        const end = await root.run(
          { mode: 'plan' },
          { environment: { ...stage.environment(), RUNNER_TEMP: root.workspace } },
        );
        expect(end.outputs['comment-url']).toBeUndefined();
        expect(readFileSync(end.outputs['plan-markdown-path'] ?? '', 'utf8')).toContain('**Plan: 3 to create.**');
        const refused = await run(stage, root, { 'github-token': '' });
        expect(refused.errors).toEqual([
          'Input "github-token" is needed to comment; give `github.token`, or set "comment" to never.',
        ]);
        expect(stage.bodies()).toEqual([]);
      }),
    ),
    MOST_MILLISECONDS,
  );
});
