import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, removeDirectories, run, steps } from './testing.ts';

afterAll(removeDirectories);

const dump = `const wanted = /^(INPUT_|GITHUB_(TOKEN|ACTION|SHA|JOB|REPOSITORY|WORKFLOW_REF)|RUNNER_OS|CI$|STATE_|ACTIONS_|JOB_|STEP_|SECRET|PATH$)/;
console.log('ENV ' + JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([k]) => wanted.test(k)))));
console.log('CWD ' + process.cwd());`;

const probe = (extra = ''): Files => ({
  'actions/probe/action.yml': `name: probe
description: x
inputs:
  plain: {description: x, default: 'none'}
  extra-thing: {description: x}
  with space: {description: x, default: "\${{ github.job }}"}
outputs:
  out: {description: x}
runs:
  using: node24
  main: main.js
${extra}`,
  'actions/probe/main.js': dump,
});

const workflow = (text: string, extra = ''): Files => ({ '.github/workflows/main.yml': steps(text), ...probe(extra) });

function environment(lines: readonly string[]): Record<string, string> {
  const line = lines.find((text) => text.startsWith('ENV ')) ?? 'ENV {}';
  const parsed: Record<string, string> = JSON.parse(line.slice(4));
  return parsed;
}

describe('the environment of a node action', () => {
  test('inputs, context variables and layers', async () => {
    const ran = await run(
      workflow(`      - run: |
          echo "JOB_A=from file" >> "$GITHUB_ENV"
          echo "/first" >> "$GITHUB_PATH"
          echo "/second" >> "$GITHUB_PATH"
      - uses: $/actions/probe
        env: {STEP_A: step, GITHUB_SHA: overridden}
        with: {Extra-Thing: given}
`),
      { baseEnvironment: { PATH: process.env.PATH ?? '', SECRET_OF_MACHINE: 'x' } },
    );
    const env = environment(ran.lines);
    expect(env).toMatchObject({
      INPUT_PLAIN: 'none',
      'INPUT_EXTRA-THING': 'given',
      INPUT_WITH_SPACE: 'a',
      JOB_A: 'from file',
      STEP_A: 'step',
      GITHUB_ACTION: '__actions_probe',
      GITHUB_ACTION_REPOSITORY: 'org/app',
      GITHUB_JOB: 'a',
      GITHUB_REPOSITORY: 'org/app',
      GITHUB_WORKFLOW_REF: 'org/app/.github/workflows/main.yml@refs/heads/main',
      RUNNER_OS: 'Linux',
      CI: 'true',
    });
    expect(env.GITHUB_SHA).toMatch(/^[0-9a-f]{40}$/);
    expect(env.PATH).toMatch(/^\/second:\/first:/);
    expect(env).not.toHaveProperty('GITHUB_TOKEN');
    expect(env).not.toHaveProperty('ACTIONS_ID_TOKEN_REQUEST_URL');
    expect(env.ACTIONS_RUNTIME_TOKEN).toBe('***');
    expect(ran.lines.find((line) => line.startsWith('CWD '))).toMatch(/\/work\/app\/app$/);
  });

  test('an undeclared input is passed on with a warning', async () => {
    const ran = await run(workflow('      - uses: $/actions/probe\n        with: {typo: x}\n'));
    expect(environment(ran.lines)).toHaveProperty('INPUT_TYPO', 'x');
    expect(ran.job('a').annotations[0]?.message).toBe(
      "Unexpected input(s) 'typo', valid inputs are ['plain', 'extra-thing', 'with space']",
    );
    expect(ran.result.result).toBe('succeeded');
  });

  test('an action that fails without a word is named', async () => {
    const ran = await run({
      ...workflow('      - uses: $/actions/probe\n'),
      'actions/probe/main.js': 'process.exit(2)',
    });
    expect(ran.result.reasons).toEqual(['a / Run $/actions/probe: failed without a message']);
  });

  test('the machine environment is not inherited', async () => {
    process.env.SECRET_OF_TEST = 'leak';
    const ran = await run(workflow('      - uses: $/actions/probe\n'));
    delete process.env.SECRET_OF_TEST;
    expect(environment(ran.lines)).not.toHaveProperty('SECRET_OF_TEST');
  });
});

describe('pre and post', () => {
  const lifecycle = (name: string, runs: string): Files => ({
    [`actions/${name}/action.yml`]: `name: ${name}\ndescription: x\ninputs:\n  v: {description: x}\nruns:\n  using: node24\n  main: main.js\n${runs}`,
    [`actions/${name}/main.js`]: `console.log('main ${name} ' + process.env.STATE_s); require('fs').appendFileSync(process.env.GITHUB_STATE, 's=main-${name}\\n'); if (process.env.INPUT_V === 'fail') process.exit(1)`,
    [`actions/${name}/pre.js`]: `console.log('pre ${name}'); require('fs').appendFileSync(process.env.GITHUB_STATE, 's=pre-${name}\\n')`,
    [`actions/${name}/post.js`]: `console.log('post ${name} ' + process.env.STATE_s + ' ' + process.env.INPUT_V)`,
  });
  const both = '  pre: pre.js\n  post: post.js\n';

  test('pre first, post last in first out, state of their own, inputs evaluated anew', async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps(`      - run: echo start
      - uses: $/actions/one
        with: {v: "\${{ steps.late.outputs.x }}"}
      - uses: $/actions/two
      - id: late
        run: echo x=now >> $GITHUB_OUTPUT
`),
      ...lifecycle('one', both),
      ...lifecycle('two', both),
    });
    expect(ran.lines).toEqual([
      'pre one',
      'pre two',
      'start',
      'main one pre-one',
      'main two pre-two',
      'post two main-two ',
      'post one main-one now',
    ]);
    expect(ran.job('a').steps.map((step) => step.name)).toEqual([
      'Pre one',
      'Pre two',
      'Run echo start',
      'Run $/actions/one',
      'Run $/actions/two',
      'Run echo x=now >> $GITHUB_OUTPUT',
      'Post two',
      'Post one',
    ]);
  });

  test('a post runs once, after a failure too, but not for a skipped main; post-if sees the job', async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps(`      - uses: $/actions/one
        with: {v: fail}
      - uses: $/actions/two
      - uses: $/actions/three
        if: always()
`),
      ...lifecycle('one', '  pre: pre.js\n  post: post.js\n'),
      ...lifecycle('two', '  post: post.js\n'),
      ...lifecycle('three', '  post: post.js\n  post-if: success()\n'),
    });
    expect(ran.lines.filter((line) => line.startsWith('post'))).toEqual(['post one main-one fail']);
    expect(ran.result.result).toBe('failed');
  });

  test('a failing post fails the job', async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps('      - uses: $/actions/one\n'),
      ...lifecycle('one', '  post: bad.js\n'),
      'actions/one/bad.js': 'process.exit(1)',
    });
    expect(ran.job('a').status).toBe('failure');
  });
});

describe('composite actions', () => {
  const composite = (runs: string): string => `name: c
description: x
inputs:
  who: {description: x, default: world}
outputs:
  greeting: {description: x, value: "\${{ steps.say.outputs.g }}"}
runs:
  using: composite
  steps:
${runs}`;

  test('inputs, outputs, env and nested $/ actions', async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps(`      - id: c
        uses: $/actions/c
        env: {FROM_STEP: seen}
        with: {who: moon}
      - run: echo "out=\${{ steps.c.outputs.greeting }} inner=\${{ steps.say.outputs.g }}"
`),
      'actions/c/action.yml': composite(`    - id: say
      shell: bash
      run: |
        echo "g=hello \${{ inputs.who }}" >> "$GITHUB_OUTPUT"
        echo "$FROM_STEP $(basename "$GITHUB_ACTION_PATH")"
    - uses: $/actions/probe
      with: {plain: "\${{ inputs.who }}"}
`),
      ...probe(),
    });
    expect(ran.lines).toContain('out=hello moon inner=');
    expect(ran.lines).toContain('seen c');
    expect(environment(ran.lines)).toMatchObject({ INPUT_PLAIN: 'moon' });
  });

  test("GITHUB_ENV reaches the next inner step over the job's env, not over the step's", async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps('      - uses: $/actions/c\n        env: {B: step}\n').replace(
        '    steps:',
        '    env: {A: job, B: job}\n    steps:',
      ),
      'actions/c/action.yml': composite(`    - {shell: bash, run: 'printf "A=file\\nB=file\\n" >> $GITHUB_ENV'}
    - {shell: bash, run: 'echo "$A $B"'}
`),
    });
    expect(ran.lines).toContain('file step');
  });

  test('failure() looks at the action; the step fails as a whole', async () => {
    const ran = await run({
      '.github/workflows/main.yml': steps(
        `      - uses: $/actions/c
        continue-on-error: true
        id: c
      - run: echo "\${{ steps.c.outcome }} \${{ steps.c.conclusion }}"
`,
      ),
      'actions/c/action.yml': composite(`    - {shell: bash, run: exit 1}
    - {shell: bash, run: echo never}
    - {shell: bash, if: failure(), run: echo inner cleanup}
`),
    });
    expect(ran.lines).toContain('inner cleanup');
    expect(ran.lines).not.toContain('never');
    expect(ran.lines).toContain('failure success');
    expect(ran.result.result).toBe('succeeded');
  });
});

describe('a caller in another repository', () => {
  const app = 'on: workflow_dispatch\njobs:\n  d:\n    uses: org/kit/.github/workflows/k.yml@main\n';
  const kit = (uses: string): Files => ({
    '.github/workflows/k.yml': `on: workflow_call
jobs:
  k:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: ${uses}
      - run: echo "\${{ github.repository }} \${{ job.workflow_repository }} \${{ job.workflow_ref }} \${{ github.workflow_ref }}"
`,
    ...probe(),
  });

  test('$/ is the repository of the workflow file', async () => {
    const ran = await run(app, {}, { 'org/kit': kit('$/actions/probe') });
    expect(environment(ran.lines)).toMatchObject({ GITHUB_REPOSITORY: 'org/app', GITHUB_ACTION_REPOSITORY: 'org/kit' });
    expect(ran.lines).toContain(
      'org/app org/kit org/kit/.github/workflows/k.yml@refs/heads/main org/app/.github/workflows/main.yml@refs/heads/main',
    );
  });

  test('./ is what was checked out, and the mistake is explained', async () => {
    const ran = await run(app, {}, { 'org/kit': kit('./actions/probe') });
    expect(ran.result.result).toBe('failed');
    expect(ran.result.reasons[0]).toContain("Can't find 'action.yml'");
    expect(ran.result.reasons[0]).toContain("'$/actions/probe' is the action of org/kit");
  });

  test('./ works for an action that the caller has', async () => {
    const files = { '.github/workflows/main.yml': app, ...probe() };
    const ran = await run(files, {}, { 'org/kit': kit('./actions/probe') });
    expect(ran.result.result).toBe('succeeded');
  });

  test('an action of a mapped repository by its ref', async () => {
    const ran = await run(steps('      - uses: org/kit/actions/probe@main\n'), {}, { 'org/kit': probe() });
    expect(environment(ran.lines)).toMatchObject({ GITHUB_ACTION_REPOSITORY: 'org/kit' });
  });
});
