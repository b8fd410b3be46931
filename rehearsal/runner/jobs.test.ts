import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, removeDirectories, run, steps } from './testing.ts';

afterAll(removeDirectories);

const two = (rest: string): string => `on: workflow_dispatch
jobs:
  a:
    runs-on: x
    steps: [run: exit 1]
  b:
    needs: a
    if: always()
    runs-on: x
    steps: [run: echo]
  c:
    needs: b
    runs-on: x
    steps: [run: echo]
${rest}`;

describe('needs and if', () => {
  test('the implicit success() looks at all ancestors', async () => {
    const ran = await run(
      two(`  d:
    needs: c
    if: \${{ !cancelled() && needs.c.result == 'skipped' }}
    runs-on: x
    steps: [run: echo]
`),
    );
    expect(ran.result.jobs.map((job) => [job.id, job.status])).toEqual([
      ['a', 'failure'],
      ['b', 'success'],
      ['c', 'skipped'],
      ['d', 'success'],
    ]);
    expect(ran.result.result).toBe('failed');
  });

  test('failure() and a job that may fail', async () => {
    const ran = await run(`on: workflow_dispatch
jobs:
  a: {runs-on: x, continue-on-error: true, steps: [run: exit 1]}
  b: {needs: a, runs-on: x, steps: [run: "echo \${{ needs.a.result }}"]}
  c: {needs: a, if: failure(), runs-on: x, steps: [run: echo]}
`);
    expect(ran.lines).toContain('success');
    expect(ran.job('c').status).toBe('skipped');
    expect(ran.result.result).toBe('succeeded');
  });

  test('an if that cannot be evaluated fails the job', async () => {
    const ran = await run(
      "on: workflow_dispatch\njobs:\n  a:\n    if: fromJSON('')\n    runs-on: x\n    steps: [run: echo]\n",
    );
    expect(ran.result.reasons[0]).toContain('a: Error parsing fromJSON');
  });
});

describe('matrix jobs', () => {
  test('from an output, with names, and outputs merged', async () => {
    const ran = await run(`on: workflow_dispatch
jobs:
  list:
    runs-on: x
    outputs: {m: "\${{ steps.x.outputs.m }}"}
    steps: [{id: x, run: 'echo ''m=["a","b"]'' >> "$GITHUB_OUTPUT"'}]
  each:
    needs: list
    runs-on: x
    strategy: {matrix: {part: "\${{ fromJSON(needs.list.outputs.m) }}"}}
    outputs: {a: "\${{ steps.o.outputs.a }}", b: "\${{ steps.o.outputs.b }}"}
    steps: [{id: o, run: "echo \${{ matrix.part }}=\${{ strategy.job-index }}/\${{ strategy.job-total }} >> $GITHUB_OUTPUT"}]
  end: {needs: each, runs-on: x, steps: [run: "echo \${{ needs.each.outputs.a }} \${{ needs.each.outputs.b }}"]}
`);
    expect(ran.lines).toContain('0/2 1/2');
    expect(ran.result.jobs.map((job) => job.name)).toEqual(expect.arrayContaining(['each (a)', 'each (b)']));
  });

  test('legs that set the same output differently are warned of', async () => {
    const ran = await run(`on: workflow_dispatch
jobs:
  a:
    runs-on: x
    strategy: {matrix: {n: [1, 2]}}
    outputs: {n: "\${{ matrix.n }}"}
    steps: [run: "true"]
`);
    expect(ran.lines).toEqual([expect.stringContaining("output 'n' is set by several legs")]);
  });

  test('fail-fast cancels the others, max-parallel keeps them waiting', async () => {
    const ran = await run(`on: workflow_dispatch
jobs:
  a:
    runs-on: x
    strategy: {max-parallel: 1, matrix: {n: [1, 2]}}
    steps: [run: "exit \${{ matrix.n }}"]
`);
    expect(ran.result.jobs.map((job) => job.status)).toEqual(['failure', 'cancelled']);
  });

  test('an empty matrix fails the job', async () => {
    const ran = await run(
      `on: workflow_dispatch
jobs:
  a:
    runs-on: x
    strategy: {matrix: {n: "\${{ fromJSON('[]') }}"}}
    steps: [run: echo]
`,
    );
    expect(ran.result.reasons).toEqual(["a: Matrix vector 'n' does not contain any values"]);
  });
});

describe('steps', () => {
  test('outcome, conclusion and continue-on-error', async () => {
    const ran = await run(
      steps(`      - id: x
        continue-on-error: true
        run: exit 1
      - run: echo "\${{ steps.x.outcome }}/\${{ steps.x.conclusion }}"
`),
    );
    expect(ran.lines).toContain('failure/success');
    expect(ran.result.result).toBe('succeeded');
  });

  test("a step's env is seen by its own if; an env that cannot be evaluated fails the step", async () => {
    const ran = await run(
      steps(`      - {if: env.GO == 'yes', env: {GO: 'yes'}, run: echo went}
      - {env: {BAD: "\${{ fromJSON('') }}"}, run: echo never}
`),
    );
    expect(ran.lines).toContain('went');
    expect(ran.job('a').steps.map((step) => step.outcome)).toEqual(['success', 'failure']);
  });

  test('bash stops at an error, and with shell: bash in a pipe too', async () => {
    const ran = await run(
      steps(`      - run: |
          false | true
          echo pipe passes
      - {id: p, shell: bash, run: "false | true", continue-on-error: true}
      - {shell: sh, run: "echo \${{ steps.p.outcome }}"}
`),
    );
    expect(ran.lines).toEqual(expect.arrayContaining(['pipe passes', 'failure']));
  });

  test("a job's defaults replace the workflow's as a whole", async () => {
    const ran = await run(`on: workflow_dispatch
defaults: {run: {shell: bash, working-directory: missing}}
jobs:
  a:
    runs-on: x
    defaults: {run: {shell: sh}}
    steps: [run: pwd]
  b:
    runs-on: x
    steps: [run: pwd]
`);
    expect(ran.job('a').status).toBe('success');
    expect(ran.job('b').annotations[0]?.message).toBe("working-directory 'missing' does not exist in the workspace");
  });

  test('a step timeout', async () => {
    const ran = await run(
      steps('      - {name: slow, timeout-minutes: 0.002, run: sleep 30}\n      - {if: always(), run: echo after}\n'),
    );
    expect(ran.job('a').annotations[0]?.message).toBe("The action 'slow' has timed out after 0.002 minutes.");
    expect(ran.lines).toContain('after');
    expect(ran.result.seconds).toBeLessThan(5);
  });

  test('a job timeout cancels the job', async () => {
    const ran = await run(
      'on: workflow_dispatch\njobs:\n  a:\n    runs-on: x\n    timeout-minutes: 0.002\n    steps: [run: sleep 30]\n',
    );
    expect(ran.job('a').status).toBe('cancelled');
    expect(ran.job('a').annotations[0]?.message).toContain('exceeded the maximum execution time of 0.002 minutes');
  });

  test('annotations, summary and environment url', async () => {
    const ran = await run(
      `on: workflow_dispatch
jobs:
  a:
    runs-on: x
    environment: {name: test, url: "https://\${{ steps.s.outputs.host }}"}
    steps:
      - id: s
        run: |
          echo "::warning file=x.tf,line=3,title=T::careful"
          echo "::add-mask::hunter2"
          echo "# It is hunter2" >> "$GITHUB_STEP_SUMMARY"
          echo "host=example.org" >> "$GITHUB_OUTPUT"
`,
      { environments: { Test: {} } },
    );
    expect(ran.job('a')).toMatchObject({
      environment: 'Test',
      environmentUrl: 'https://example.org',
      annotations: [{ level: 'warning', message: 'careful', file: 'x.tf', line: '3', title: 'T' }],
      summaries: [{ markdown: '# It is ***\n' }],
    });
  });
});

describe('secrets and outputs', () => {
  test('an output that holds a secret is dropped, and masks work across chunks', async () => {
    const ran = await run(
      `on: workflow_dispatch
jobs:
  a:
    runs-on: x
    outputs: {bad: "x-\${{ secrets.KEY }}", good: fine}
    steps:
      - run: |
          printf 'abc-sec'; sleep 0.05; printf 'ret-xyz\\n'
          echo "\${{ secrets.key }} token \${{ github.token }}"
  b: {needs: a, runs-on: x, steps: [run: "echo [\${{ needs.a.outputs.bad }}] \${{ needs.a.outputs.good }}"]}
`,
      { secrets: { KEY: 'secret' } },
    );
    expect(ran.lines).toEqual(expect.arrayContaining(['abc-***-xyz', '*** token ***', '[] fine']));
    expect(ran.job('a').outputs).toEqual({ good: 'fine' });
    expect(ran.job('a').annotations[0]?.message).toBe("Skip output 'bad' since it may contain secret.");
  });
});

describe('reusable workflows', () => {
  const inner = `on:
  workflow_call:
    inputs:
      n: {type: number, required: true}
      dry: {type: boolean, default: true}
      text: {type: string}
    secrets:
      key: {required: false}
    outputs:
      sum: {description: x, value: "\${{ jobs.work.outputs.sum }}"}
jobs:
  work:
    runs-on: x
    environment: {name: prod, deployment: false}
    outputs: {sum: "\${{ steps.s.outputs.sum }}"}
    steps:
      - id: s
        run: |
          echo "sum=\${{ inputs.n == 3 && inputs.dry == false && 'typed' }}" >> "$GITHUB_OUTPUT"
          echo "key=[\${{ secrets.key && 'set' }}] only=[\${{ secrets.ONLY && 'set' }}] var=\${{ vars.SIZE }} text=[\${{ inputs.text }}]"
`;
  const middle = `on:
  workflow_call:
    inputs: {n: {type: number}, dry: {type: boolean}}
    secrets: {key: {}}
    outputs: {sum: {value: "\${{ jobs.next.outputs.sum }}"}}
jobs:
  next:
    uses: ./.github/workflows/inner.yml
    with: {n: "\${{ inputs.n }}", dry: "\${{ inputs.dry }}"}
    SECRETS
`;
  const app = (secrets: string): string => `on: workflow_dispatch
jobs:
  go:
    uses: org/kit/.github/workflows/middle.yml@main
    with: {n: 3, dry: false}
    ${secrets}
  end: {needs: go, runs-on: x, steps: [run: "echo end \${{ needs.go.outputs.sum }}"]}
`;
  const kit = (secrets: string): Files => ({
    '.github/workflows/inner.yml': inner,
    '.github/workflows/middle.yml': middle.replace('SECRETS', secrets),
  });
  const options = {
    secrets: { KEY: 'k-e-y' },
    vars: { SIZE: 'small' },
    environments: { prod: { vars: { SIZE: 'large' }, secrets: { ONLY: 'o-n-l-y', KEY: 'env-key' } } },
  };

  test('types over two levels, inherited secrets, environment values', async () => {
    const ran = await run(app('secrets: inherit'), options, { 'org/kit': kit('secrets: inherit') });
    expect(ran.lines).toEqual(['key=[set] only=[set] var=large text=[]', 'end typed']);
    expect(ran.job('go/next/work')).toMatchObject({ name: 'go / next / work', environment: 'prod' });
  });

  test('named secrets: the environment adds none', async () => {
    const named = `secrets: {key: "\${{ secrets.key }}"}`;
    const ran = await run(app(named), options, { 'org/kit': kit(named) });
    expect(ran.lines[0]).toBe('key=[set] only=[] var=large text=[]');
  });

  test('a secret that is not passed on is empty', async () => {
    const ran = await run(app('secrets: inherit'), options, { 'org/kit': kit('') });
    expect(ran.lines[0]).toBe('key=[] only=[] var=large text=[]');
  });

  test('a wrong type that shows only when the call is reached', async () => {
    const late = `on: workflow_dispatch
jobs:
  a: {runs-on: x, outputs: {n: "3"}, steps: [run: echo]}
  go:
    needs: a
    uses: org/kit/.github/workflows/middle.yml@main
    with: {n: "\${{ needs.a.outputs.n }}"}
`;
    const ran = await run(late, options, { 'org/kit': kit('') });
    expect(ran.result.reasons[0]).toContain(`input 'n' must be a number, got "3" (string)`);
  });
});

describe('a part of the run', () => {
  const chain = `on: workflow_dispatch
jobs:
  a: {runs-on: x, steps: [run: echo ran a]}
  b: {needs: a, uses: ./.github/workflows/k.yml}
  c: {needs: b, runs-on: x, steps: [run: echo ran c]}
`;
  const called = `on: workflow_call
jobs:
  d: {runs-on: x, steps: [run: echo ran d]}
  e: {needs: d, runs-on: x, steps: [{id: s, run: echo ran e}, {run: echo ran e2}]}
  f: {runs-on: x, steps: [run: echo ran f]}
`;
  const files = { '.github/workflows/main.yml': chain, '.github/workflows/k.yml': called };

  test('only: the job, what it needs and its callers', async () => {
    const ran = await run(files, { only: ['b/e'] });
    expect([...ran.lines].sort()).toEqual(['ran a', 'ran d', 'ran e', 'ran e2']);
    expect(ran.result.result).toBe('succeeded');
    expect(ran.job('c').status).toBe('skipped');
    expect(ran.job('b/d').needs).toEqual(['a']);
    expect(ran.job('b/e').needs).toEqual(['b/d']);
  });

  test('failStep: the named step fails without running', async () => {
    const ran = await run(files, { failStep: { job: 'e', step: 's' } });
    expect(ran.lines).not.toContain('ran e');
    expect(ran.lines).not.toContain('ran e2');
    expect(ran.result).toMatchObject({ result: 'failed', reasons: ['b / e: a step was made to fail, as asked'] });
    expect(ran.job('b/e').steps[0]).toMatchObject({ id: 's', outcome: 'failure' });
  });
});

describe('events', () => {
  const pr = `on: pull_request
permissions: {pull-requests: write, id-token: write}
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          echo "\${{ github.event.number }} \${{ github.ref }} \${{ github.head_ref }}>\${{ github.base_ref }} [\${{ secrets.KEY }}]"
          node -e "console.log(JSON.parse(require('fs').readFileSync(process.env.GITHUB_EVENT_PATH)).pull_request.head.ref, !!process.env.ACTIONS_ID_TOKEN_REQUEST_URL)"
`;
  const event = { name: 'pull_request', number: 7, head: { ref: 'topic' }, base: 'main' } as const;

  test('a pull request of the same repository', async () => {
    const ran = await run(pr, { event, secrets: { KEY: 'v' } });
    expect(ran.lines).toEqual(['7 refs/pull/7/merge topic>main [***]', 'topic true']);
  });

  test('a pull request of a fork has no secrets and no ID token', async () => {
    const fork = { ...event, head: { ref: 'topic', repository: 'eve/app' } };
    const ran = await run(pr, { event: fork, secrets: { KEY: 'v' } });
    expect(ran.lines).toEqual(['7 refs/pull/7/merge topic>main []', 'topic false']);
  });

  test('workflow_dispatch inputs are converted', async () => {
    const ran = await run(
      'on:\n  workflow_dispatch:\n    inputs:\n      dry: {type: boolean}\n      n: {type: number, default: 2}\n      e: {type: choice, options: [dev, prod]}\njobs:\n  a:\n    runs-on: x\n    steps: [{if: "inputs.dry == true && inputs.n == 2 && inputs.e == \'dev\'", run: echo yes}]\n',
      { inputs: { dry: 'true' } },
    );
    expect(ran.lines).toEqual(['yes']);
  });
});
