import { afterAll, describe, expect, test } from '@jest/globals';
import { loadWorkflow } from './load.ts';
import type { Problem } from './problems.ts';
import { WorkflowRefused } from './problems.ts';
import { Sources } from './sources.ts';
import { type Files, makeFiles, removeDirectories, run, steps, type TestOptions } from './testing.ts';

afterAll(removeDirectories);

async function refused(
  app: string | Files,
  options: TestOptions = {},
  others: Record<string, Files> = {},
): Promise<readonly Problem[]> {
  const ran: unknown = await run(app, options, others).catch((error: unknown) => error);
  if (ran instanceof WorkflowRefused) return ran.problems;
  throw new Error(`not refused: ${JSON.stringify(ran)}`);
}

/** The findings of the loader, without a run around it. */
async function notLoaded(app: string | Files): Promise<readonly Problem[]> {
  const directory = makeFiles(typeof app === 'string' ? { '.github/workflows/main.yml': app } : app);
  const source = { repository: 'org/app', sha: '0'.repeat(40), ref: 'refs/heads/main', directory };
  const loaded: unknown = await loadWorkflow(
    new Sources(new Map(), directory),
    source,
    '.github/workflows/main.yml',
  ).catch((error: unknown) => error);
  if (loaded instanceof WorkflowRefused) return loaded.problems;
  throw new Error('not refused');
}

const job = (text: string): string =>
  `on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n${text}\n    steps: [run: echo]\n`;
const action = (runs: string): Files => ({
  '.github/workflows/main.yml': steps('      - uses: $/actions/x\n'),
  'actions/x/action.yml': `name: x\ndescription: x\nruns:\n${runs}`,
  'actions/x/Dockerfile': 'FROM scratch',
});

describe('refused by name, with its line, before anything runs', () => {
  test.each<[string, string | Files, number, string]>([
    ['container', job('    container: alpine'), 5, 'job containers are not simulated'],
    ['services', job('    services: {db: {image: x}}'), 5, 'service containers are not simulated'],
    ['snapshot', job('    snapshot: image'), 5, 'image snapshots are not simulated'],
    [
      'Windows',
      'on: workflow_dispatch\njobs:\n  a:\n    runs-on: windows-latest\n    steps: [run: echo]\n',
      4,
      'runs-on: windows-latest is not simulated',
    ],
    [
      'macOS',
      'on: workflow_dispatch\njobs:\n  a:\n    runs-on: [self-hosted, macOS]\n    steps: [run: echo]\n',
      4,
      'macOS is not simulated',
    ],
    ['status with names', job("    if: success('b')"), 5, 'success() with job names'],
    ['default shell', job('    defaults: {run: {shell: pwsh}}'), 5, "shell 'pwsh' is not simulated"],
    ['shell', steps('      - run: echo\n        shell: python\n'), 7, "shell 'python' is not simulated"],
    ['background', steps('      - run: echo\n        background: true\n'), 7, 'background steps are not simulated'],
    ['parallel', steps('      - parallel: [{run: echo}]\n'), 6, 'parallel steps are not simulated'],
    [
      'wait',
      steps('      - {id: x, run: echo, background: true}\n      - wait: x\n'),
      7,
      'wait steps are not simulated',
    ],
    ['wait-all', steps('      - wait-all: true\n'), 6, 'wait-all steps are not simulated'],
    ['docker image', steps('      - uses: docker://alpine\n'), 6, "docker action 'docker://alpine'"],
    [
      'cache',
      steps('      - uses: actions/cache@v4\n        with: {path: x, key: y}\n'),
      6,
      "action 'actions/cache@v4' is neither mapped",
    ],
    ['unknown action', steps('      - uses: some/one/path@v1\n'), 6, "action 'some/one/path@v1'"],
    ['no ref', steps('      - uses: actions/checkout\n'), 6, "'actions/checkout' is no owner/repository/path@ref"],
    ['$/ with ref', steps('      - uses: $/actions/x@v1\n'), 6, 'must not have a ref'],
    ['missing $/', steps('      - uses: $/actions/x\n'), 6, "Can't find 'action.yml'"],
    ['leaves', steps('      - uses: $/../x\n'), 6, 'leaves its repository'],
    [
      'substitute input',
      steps('      - uses: actions/checkout@v7\n        with: {sparse-checkout: a}\n'),
      6,
      "input 'sparse-checkout' is not simulated",
    ],
    ['wrapper', steps('      - uses: hashicorp/setup-terraform@v3\n'), 6, 'set terraform_wrapper: false'],
    ['docker action', action('  using: docker\n  image: Dockerfile\n'), 4, "runs.using 'docker' is not simulated"],
    ['old node', action('  using: node20\n  main: x.js\n'), 4, "runs.using 'node20' is not simulated"],
    [
      'missing bundle',
      action('  using: node24\n  main: dist/index.js\n'),
      5,
      'runs.main: dist/index.js does not exist',
    ],
    [
      'action with a wrong if',
      action('  using: node24\n  main: action.yml\n  post: action.yml\n  post-if: secrets.x\n'),
      7,
      "Unrecognized named-value: 'secrets'",
    ],
    ['unknown key', job('    retries: 3'), 5, "Unexpected value 'retries'"],
    ['wrong context', job('    if: secrets.x'), 5, "Unrecognized named-value: 'secrets'"],
    ['unknown function', steps('      - if: nope()\n        run: echo\n'), 6, "Unrecognized function: 'nope'"],
    ['merge key', `x: &x {a: 1}\n${job('')}`, 1, "Unexpected value 'x'"],
    ['long script', steps(`      - run: "\${{ 1 }}${'x'.repeat(21_000)}"\n`), 6, 'GitHub allows 21000'],
  ])('%s', async (_name, app, line, message) => {
    expect(await notLoaded(app)).toContainEqual(
      expect.objectContaining({ line, message: expect.stringContaining(message) }),
    );
  });

  test.each<[string, string, number, string]>([
    [
      'other trigger',
      'on: push\njobs:\n  a:\n    runs-on: x\n    steps: [run: echo]\n',
      1,
      'the workflow has no workflow_dispatch trigger (it has push)',
    ],
    ['environment', job('    environment: prodction'), 5, "environment 'prodction' is not declared (declared: none)"],
  ])('%s', async (_name, app, line, message) => {
    expect(await refused(app)).toContainEqual(
      expect.objectContaining({ line, message: expect.stringContaining(message) }),
    );
  });

  test('names the file of the other repository', async () => {
    const app = 'on: workflow_dispatch\njobs:\n  a:\n    uses: org/kit/.github/workflows/x.yml@main\n';
    const kit = {
      '.github/workflows/x.yml':
        'on: workflow_call\njobs:\n  b:\n    runs-on: x\n    container: y\n    steps: [run: echo]\n',
    };
    expect(await refused(app, {}, { 'org/kit': kit })).toEqual([
      { file: 'org/kit/.github/workflows/x.yml', line: 5, message: 'job containers are not simulated' },
    ]);
  });

  test('a file that is called twice is complained of once', async () => {
    const files = {
      '.github/workflows/main.yml':
        'on: workflow_dispatch\njobs:\n  a:\n    uses: $/.github/workflows/x.yml\n  b:\n    uses: $/.github/workflows/x.yml\n',
      '.github/workflows/x.yml': job('    container: y').replace('workflow_dispatch', 'workflow_call'),
    };
    expect(await notLoaded(files)).toHaveLength(1);
  });

  test('all findings at once', async () => {
    expect(await refused(steps('      - uses: a/b@v1\n      - uses: c/d@v1\n'))).toHaveLength(2);
  });
});

describe('a call of a reusable workflow is refused', () => {
  const call = (rest: string): string =>
    `on: workflow_dispatch\npermissions: {contents: read}\njobs:\n  a:\n    uses: $/.github/workflows/x.yml\n${rest}`;
  const called = (on: string, jobRest = ''): string =>
    `on:\n  workflow_call:\n${on}\njobs:\n  b:\n    runs-on: x\n${jobRest}    steps: [run: echo]\n`;
  const typed =
    '    inputs:\n      n: {type: number, required: true}\n      b: {type: boolean}\n    secrets:\n      key: {required: true}\n';

  test.each<[string, string, string, string]>([
    ['missing input', '    secrets: inherit\n', called(typed), 'Input n is required, but not provided'],
    [
      'unknown input',
      '    secrets: inherit\n    with: {n: 1, x: 1}\n',
      called(typed),
      'Invalid input, x is not defined',
    ],
    [
      'text for a number',
      "    secrets: inherit\n    with: {n: '1'}\n",
      called(typed),
      `input 'n' must be a number, got "1" (string)`,
    ],
    [
      'text for a boolean',
      "    secrets: inherit\n    with: {n: 1, b: 'true'}\n",
      called(typed),
      "input 'b' must be a boolean",
    ],
    ['missing secret', '    with: {n: 1}\n', called(typed), 'Secret key is required, but not provided'],
    [
      'unknown secret',
      '    with: {n: 1}\n    secrets: {key: a, other: b}\n',
      called(typed),
      'Invalid secret, other is not defined',
    ],
    [
      'a passed GITHUB_TOKEN',
      `    with: {n: 1}\n    secrets: {key: "\${{ secrets.GITHUB_TOKEN }}"}\n`,
      called(typed),
      'passing secrets.GITHUB_TOKEN is not simulated',
    ],
    [
      'escalation',
      '',
      called('', '    permissions: {contents: read, id-token: write}\n'),
      "The nested job 'b' is requesting 'id-token: write', but is only allowed 'id-token: none'.",
    ],
    [
      'environment from an input',
      '    with: {e: nowhere}\n',
      called('    inputs: {e: {type: string}}\n', '    environment: "$' + '{{ inputs.e }}"\n'),
      "environment 'nowhere' is not declared",
    ],
  ])('%s', async (_name, rest, file, message) => {
    const files = { '.github/workflows/main.yml': call(rest), '.github/workflows/x.yml': file };
    expect(await refused(files)).toContainEqual(expect.objectContaining({ message: expect.stringContaining(message) }));
  });

  test('a file that is not there or not reusable', async () => {
    expect((await refused(call('')))[0]?.message).toContain('workflow was not found: org/app/.github/workflows/x.yml');
    const files = { '.github/workflows/main.yml': call(''), '.github/workflows/x.yml': steps('      - run: echo\n') };
    expect((await refused(files))[0]?.message).toContain('it has no workflow_call trigger');
  });

  test('a workflow that calls itself without end', async () => {
    const endless = 'on: {workflow_dispatch: , workflow_call: }\njobs:\n  a:\n    uses: $/.github/workflows/main.yml\n';
    expect((await refused(endless))[0]?.message).toContain('more than 10 levels');
  });
});

describe('options are refused', () => {
  const inputs =
    'on:\n  workflow_dispatch:\n    inputs:\n      size: {type: choice, options: [small, large]}\n      dry: {type: boolean}\n      n: {type: number}\n      must: {required: true}\njobs:\n  a:\n    runs-on: x\n    steps: [run: echo]\n';

  test.each<[string, TestOptions, string]>([
    [
      'unknown input',
      { inputs: { must: 'x', foo: 1 } },
      'Unexpected inputs provided: ["foo"]; the workflow has size, dry, n, must',
    ],
    ['missing input', { inputs: {} }, "Required input 'must' not provided"],
    ['choice', { inputs: { must: 'x', size: 'huge' } }, "input 'size' must be one of small, large, got 'huge'"],
    ['boolean', { inputs: { must: 'x', dry: 'yes' } }, "input 'dry' must be true or false, got 'yes'"],
    ['number', { inputs: { must: 'x', n: 'many' } }, "input 'n' must be a number, got 'many'"],
    ['job', { inputs: { must: 'x' }, only: ['b'] }, "there is no job 'b'; the jobs are a"],
    ['step to fail', { inputs: { must: 'x' }, failStep: { job: 'a', step: 'z' } }, "job 'a' has no step 'z' to fail"],
    [
      'reviewer',
      {
        inputs: { must: 'x' },
        gate: { mode: 'approve', reviewer: 'eve' },
        environments: { prod: { reviewers: ['bob'] } },
      },
      "'eve' is no reviewer of environment 'prod' (reviewers: bob)",
    ],
  ])('%s', async (_name, options, message) => {
    expect((await refused(inputs, options))[0]?.message).toContain(message);
  });

  test('a repository or commit that is not there', async () => {
    expect((await refused(inputs, { workflow: { repository: 'org/none', path: 'x' } }))[0]?.message).toContain(
      "'org/none' is not mapped",
    );
    const app = 'on: workflow_dispatch\njobs:\n  a:\n    uses: org/kit/.github/workflows/x.yml@v9\n';
    expect((await refused(app, {}, { 'org/kit': { a: '' } }))[0]?.message).toContain(
      "'org/kit' has no commit, branch or tag 'v9'",
    );
  });
});
