import { afterAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../../rehearsal/github/faults.ts';
import type { Access, Permissions } from '../../../../rehearsal/github/permissions.ts';
import { removeDirectories } from '../../../../rehearsal/runner/testing.ts';
import { type ActionEnd, runAction } from '../../../../test/support/action-process.ts';
import { onStage, PULL, REPOSITORY, type Stage } from '../../../../test/support/pull-request.ts';

const OURS = /^<!-- moodle-high-scale: preview -->\n/;
const URL_OF_FIRST = `https://github.com/${REPOSITORY}/pull/${PULL}#issuecomment-1`;

const MOST_MILLISECONDS = 120_000;

afterAll(removeDirectories);

interface Job {
  run?: number;
  permissions?: Permissions;
  inputs?: Record<string, string>;
}

/** Runs the bundle as a job of its own. */
function write(stage: Stage, sections: unknown, { run, permissions, inputs }: Job = {}): Promise<ActionEnd> {
  return runAction({
    action: '.github/actions/comment',
    inputs: {
      sections: JSON.stringify(sections),
      'pull-request': String(PULL),
      'github-token': stage.token(permissions),
      ...inputs,
    },
    environment: stage.environment(run),
  });
}

describe('one writer', () => {
  test.concurrent(
    'makes the comment, edits it the next time, and leaves the sections of others',
    onStage(async (stage) => {
      const first = await write(stage, {
        development: '### development: 3 steps',
        production: '### production: 4 steps',
      });
      expect(first.errors).toEqual([]);
      expect(first.outputs['comment-url']).toBe(URL_OF_FIRST);
      expect(first.summary).toBe('');
      const second = await write(stage, { production: '### production: nothing to do' }, { run: 6 });
      expect(second.outputs['comment-url']).toBe(URL_OF_FIRST);
      const [body = '', ...more] = stage.bodies();
      expect(more).toEqual([]);
      expect(body).toMatch(OURS);
      expect(body).toContain('### development: 3 steps');
      expect(body).toContain('### production: nothing to do');
      expect(body).not.toContain('4 steps');
      // The commit that was pushed, not GitHub's merge of it.
      expect(body).toContain('Commit `beef000`, [run 6](https://github.com/org/app/actions/runs/6/attempts/1).');
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'does not write over what a later run wrote',
    onStage(async (stage) => {
      await write(stage, { production: 'later' }, { run: 9 });
      const calls = stage.github.calls.length;
      const end = await write(stage, { production: 'earlier' }, { run: 8 });
      expect(end.outputs['comment-url']).toBe(URL_OF_FIRST);
      expect(stage.bodies()[0]).toContain('later');
      expect(stage.github.calls.slice(calls).filter((call) => /^(POST \/repos|PATCH|DELETE)/.test(call))).toEqual([]);
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'says that an environment without a text failed',
    onStage(async (stage) => {
      await write(stage, { development: 'fine', production: '' });
      expect(stage.bodies()[0]).toContain('### production: the plan failed\n\n> [!CAUTION]\n> What would be done here');
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'shortens what is too long, and never breaks the limit',
    onStage(async (stage) => {
      const long = (name: string) =>
        `### ${name}: 9 steps\n<!-- moodle-high-scale details -->\n${name}-${'x'.repeat(60_000)}`;
      const end = await write(stage, { development: long('development'), production: long('production') });
      expect(end.warnings).toEqual([]);
      const [body = ''] = stage.bodies();
      expect(body.length).toBeLessThanOrEqual(65_536);
      expect(body).toContain('### development: 9 steps');
      expect(body).toContain('### production: 9 steps');
      expect(body).toContain('its job summary has the details');
    }),
    MOST_MILLISECONDS,
  );
});

describe('comments of others', () => {
  test.concurrent(
    'are never edited: forged, quoted, of another name, or by a person',
    onStage(async (stage) => {
      await write(stage, { production: 'ours' });
      const [ours = ''] = stage.bodies();
      for (const comment of stage.github.comments.list(REPOSITORY)) stage.github.comments.remove(comment);
      const others = [
        stage.writes('mallory', ours),
        stage.writes('renovate[bot]', ours),
        stage.writes('github-actions[bot]', ours.replace(/^/gm, '> ')),
        stage.writes('github-actions[bot]', ours.replace(OURS, '<!-- moodle-high-scale: preview-2 -->\n')),
        stage.writes('github-actions[bot]', '## What this pull request would do'),
      ];
      const before = stage.bodies();
      const end = await write(stage, { production: 'ours again' }, { run: 6 });
      expect(stage.bodies().slice(0, others.length)).toEqual(before);
      expect(stage.bodies()).toHaveLength(others.length + 1);
      expect(end.outputs['comment-url']).toContain(`#issuecomment-${others.length + 2}`);
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'more than a page of them hides nothing',
    onStage(async (stage) => {
      await write(stage, { production: 'first' });
      for (let index = 0; index < 130; index += 1) stage.writes('alice', 'me too');
      await write(stage, { production: 'second' }, { run: 6 });
      expect(stage.bodies()).toHaveLength(131);
      expect(stage.bodies()[0]).toContain('second');
    }),
    MOST_MILLISECONDS,
  );
});

describe('many writers', () => {
  test.concurrent(
    'eight jobs at once of two environments and their roots leave one comment with every section',
    onStage(async (stage) => {
      const keys = ['development', 'production'].flatMap((name) => [
        name,
        `${name}/infra`,
        `${name}/frontend`,
        `${name}/web`,
      ]);
      const ends = await Promise.all(
        keys.map((key) => write(stage, { [key]: `### ${key}: 1 step\n\ntext of ${key}.` })),
      );
      expect(ends.map(({ errors, warnings }) => [...errors, ...warnings])).toEqual(keys.map(() => []));
      const [body = '', ...more] = stage.bodies();
      expect(more).toEqual([]);
      for (const key of keys) expect(body).toContain(`### ${key}: 1 step\n\ntext of ${key}.`);
      expect(new Set(ends.map(({ outputs }) => outputs['comment-url'])).size).toBe(1);
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent(
    'a comment that somebody edits or removes meanwhile is made whole again',
    onStage(async (stage) => {
      await write(stage, { development: 'kept', production: 'old' });
      let isEdited = false;
      const job = write(stage, { production: 'new' }, { run: 6 });
      for (let wait = 0; wait < 200 && !isEdited; wait += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (!stage.bodies()[0]?.includes('new')) continue;
        stage.edits(
          1,
          (stage.bodies()[0] ?? '').replace(/<!-- [^>]*production[\s\S]*/, 'gone').replaceAll('\n', '\r\n'),
        );
        isEdited = true;
      }
      const end = await job;
      expect(isEdited).toBe(true);
      expect(end.outputs['comment-url']).toBe(URL_OF_FIRST);
      expect(stage.bodies()[0]).toContain('kept');
      expect(stage.bodies()[0]).toContain('new');
      expect(stage.bodies()[0]).not.toContain('gone');
    }),
    MOST_MILLISECONDS,
  );
});

describe('when it goes wrong', () => {
  const post = 'POST /repos/org/app/issues/7/comments';

  test.concurrent.each<[string, Fault]>([
    ['a secondary rate limit that says when', { match: post, kind: 'secondary-limit', retryAfterSeconds: 1 }],
    ['a secondary rate limit that does not', { match: post, kind: 'secondary-limit' }],
    ['a server error', { match: post, kind: 'server-error', times: 2 }],
    ['an answer that is lost', { match: post, kind: 'lost-answer' }],
    ['a lost answer to a look', { match: 'GET /repos', kind: 'lost-answer' }],
    ['GraphQL out of order', { match: 'POST /graphql', kind: 'refused-body' }],
  ])(
    '%s passes, and there is one comment',
    (_, fault) =>
      onStage(async (stage) => {
        stage.github.faults.add(fault);
        const end = await write(stage, { production: 'text' });
        expect(end.warnings).toEqual([]);
        expect(end.outputs['comment-url']).toContain('#issuecomment-');
        expect(stage.bodies()).toHaveLength(1);
      })(),
    60_000,
  );

  test.concurrent(
    'a body that GitHub does not take becomes a short one',
    onStage(async (stage) => {
      stage.github.faults.add({ match: post, kind: 'refused-body' });
      const end = await write(stage, { production: `### production: 1 step\n\n${'x'.repeat(30_000)}` });
      expect(end.warnings).toEqual([
        'GitHub did not take the comment (Validation Failed: Body is not acceptable); a shorter one is tried.',
      ]);
      expect(end.outputs['comment-url']).toBe(URL_OF_FIRST);
      expect(stage.bodies()[0]).toContain('### production: 1 step');
      expect(stage.bodies()[0]).not.toContain('xxx');
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent.each<[string, Record<string, unknown>, Access, string]>([
    [
      'a token without the permission',
      {},
      'read',
      'Resource not accessible by integration. Give the job `permissions: pull-requests: write`.',
    ],
    ['a locked conversation', { locked: true }, 'write', 'Unable to create comment because issue is locked.'],
  ])(
    '%s is a warning, an empty output and the summary',
    (_, pull, access, why) =>
      onStage(async (stage) => {
        stage.github.repositories.ensure(REPOSITORY, 1).pulls.set(PULL, { number: PULL, body: pull, files: [] });
        const end = await write(
          stage,
          { production: '### production: 1 step' },
          { permissions: { 'pull-requests': access } },
        );
        expect(end.exitCode).toBe(0);
        expect(end.warnings).toEqual([`The comment could not be written: ${why} The job summary has the same text.`]);
        expect(end.outputs['comment-url']).toBe('');
        expect(end.summary).toContain('### production: 1 step');
      })(),
    60_000,
  );

  test.concurrent(
    'a closed pull request still gets its comment',
    onStage(async (stage) => {
      stage.github.repositories
        .ensure(REPOSITORY, 1)
        .pulls.set(PULL, { number: PULL, body: { state: 'closed' }, files: [] });
      expect((await write(stage, { production: 'applied' })).outputs['comment-url']).toBe(URL_OF_FIRST);
    }),
    MOST_MILLISECONDS,
  );

  test.concurrent.each<[string, unknown, Record<string, string>, string]>([
    [
      'no such pull request',
      { a: 'text' },
      { 'pull-request': '99' },
      'Repository org/app has no pull request 99, or the token may not see it; check "pull-request".',
    ],
    [
      'no sections',
      {},
      {},
      'Input "sections" must be a JSON object with a text for each section, or with "folder" a list of their names, and it has none.',
    ],
    [
      'a key that would end a mark',
      { 'a --> b': 'text' },
      {},
      'Input "sections": a key must be made of letters, digits, ".", "_", "/" and "-"; it is "a --> b".',
    ],
    ['a section that is no text', { a: 1 }, {}, 'Input "sections": "a" must be a text.'],
  ])(
    '%s is one sentence',
    (_, sections, inputs, message) =>
      onStage(async (stage) => {
        const end = await write(stage, sections, { inputs });
        expect(end.exitCode).toBe(1);
        expect(end.errors).toEqual([message]);
        expect(stage.bodies()).toEqual([]);
      })(),
    60_000,
  );
});
