import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConcurrencyGroups, type GroupRequest } from './concurrency.ts';
import { removeDirectories, run, steps, type TestOptions, temporaryDirectory } from './testing.ts';

afterAll(removeDirectories);

const ladder = { terminateAfter: 150, killAfter: 300 };

describe('concurrency groups', () => {
  const request = (rest: Partial<GroupRequest> = {}): GroupRequest => ({
    group: 'g',
    queue: 'single',
    cancelInProgress: false,
    ...rest,
  });
  const never = new AbortController().signal;
  const nothing = (): void => undefined;

  test('single: the newest waits, the one before is cancelled', async () => {
    const groups = new ConcurrencyGroups();
    const leave = await groups.enter(request(), nothing, never);
    const second = groups.enter(request({ group: 'G' }), nothing, never);
    const third = groups.enter(request(), nothing, never);
    expect(await second).toBeUndefined();
    leave?.();
    expect(await third).toBeInstanceOf(Function);
  });

  test('max: all wait, first in first out', async () => {
    const groups = new ConcurrencyGroups();
    const order: number[] = [];
    const all = [1, 2, 3].map(async (n) => {
      const leave = await groups.enter(request({ queue: 'max' }), nothing, never);
      order.push(n);
      leave?.();
    });
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
  });

  test('max: the 101st in the queue is cancelled', async () => {
    const groups = new ConcurrencyGroups();
    const all = Array.from({ length: 102 }, () => groups.enter(request({ queue: 'max' }), nothing, never));
    expect(await all[101]).toBeUndefined();
  });

  test('cancel-in-progress cancels the one that runs', async () => {
    const groups = new ConcurrencyGroups();
    let cancelled = false;
    const leave = await groups.enter(
      request(),
      () => {
        cancelled = true;
      },
      never,
    );
    const second = groups.enter(request({ cancelInProgress: true }), nothing, never);
    expect(cancelled).toBe(true);
    leave?.();
    expect(await second).toBeInstanceOf(Function);
  });

  test('who gives up waiting does not get the group', async () => {
    const groups = new ConcurrencyGroups();
    const leave = await groups.enter(request(), nothing, never);
    const controller = new AbortController();
    const second = groups.enter(request({ queue: 'max' }), nothing, controller.signal);
    const third = groups.enter(request({ queue: 'max' }), nothing, never);
    controller.abort();
    expect(await second).toBeUndefined();
    leave?.();
    expect(await third).toBeInstanceOf(Function);
  });
});

describe('concurrency of jobs', () => {
  const legs = (concurrency: string): string => `on: workflow_dispatch
jobs:
  a:
    uses: ./.github/workflows/k.yml
    strategy: {matrix: {n: [1, 2, 3]}, fail-fast: false}
    concurrency: ${concurrency}
    with: {n: "\${{ matrix.n }}"}
`;
  const called = `on: {workflow_call: {inputs: {n: {type: number}}}}
jobs:
  k:
    runs-on: x
    steps: [run: 'echo "in \${{ inputs.n }}"; sleep 0.05; echo "out \${{ inputs.n }}"']
`;
  const files = (concurrency: string) => ({
    '.github/workflows/main.yml': legs(concurrency),
    '.github/workflows/k.yml': called,
  });

  test('queue: max on a job that calls a workflow: one after the other', async () => {
    const ran = await run(files('{group: deploy, queue: max}'));
    expect(ran.lines).toEqual(['in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3']);
    expect(ran.result.jobs[2]?.name).toBe('a (3) / k');
  });

  test('without it the one in the middle is cancelled before it starts', async () => {
    const ran = await run(files('deploy'));
    expect(ran.lines).toEqual(['in 1', 'out 1', 'in 3', 'out 3']);
    expect(ran.result.jobs.find((job) => job.status === 'cancelled')).toMatchObject({ id: 'a', name: 'a (2)' });
  });

  test('a newer run cancels the one in progress', async () => {
    const concurrency = new ConcurrencyGroups();
    const workflow = `on: workflow_dispatch\nconcurrency: {group: main, cancel-in-progress: true}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: sleep 30\n      - {if: cancelled(), run: echo told}\n`;
    const started = Promise.withResolvers<void>();
    const first = run(workflow, {
      concurrency,
      ladder,
      onEvent: (event) => event.type === 'step-started' && started.resolve(),
    });
    await started.promise;
    const second = await run(workflow.replace('sleep 30', 'echo quick'), { concurrency });
    expect((await first).result.result).toBe('cancelled');
    expect((await first).lines).toContain('told');
    expect(second.result.result).toBe('succeeded');
  });

  test('a called job that wants the group of its caller is an error, not a wait for ever', async () => {
    const ran = await run({
      '.github/workflows/main.yml':
        'on: workflow_dispatch\njobs:\n  a:\n    concurrency: Deploy\n    uses: ./.github/workflows/k.yml\n',
      '.github/workflows/k.yml':
        'on: workflow_call\njobs:\n  k:\n    concurrency: deploy\n    runs-on: x\n    steps: [run: echo]\n',
    });
    expect(ran.result.reasons[0]).toContain("concurrency group 'deploy' is already held by a caller of 'a / k'");
  });
});

describe('gates', () => {
  const workflow = `on: workflow_dispatch
jobs:
  plan: {runs-on: x, environment: {name: plan, deployment: false}, steps: [run: echo planned]}
  apply:
    needs: plan
    runs-on: x
    environment: \${{ needs.plan.result == 'success' && 'production' }}
    steps: [run: 'echo "applied \${{ vars.SIZE }} \${{ secrets.KEY && 1 }}"']
  after: {needs: apply, runs-on: x, steps: [run: echo after]}
  failed: {needs: apply, if: failure(), runs-on: x, steps: [run: echo failed]}
`;
  const environments = {
    plan: {},
    Production: { reviewers: ['bob', 'carol'], vars: { SIZE: 'L' }, secrets: { KEY: 'k' } },
  };

  test('approve', async () => {
    const ran = await run(workflow, { environments, gate: { mode: 'approve' } });
    expect(ran.lines).toEqual(['planned', 'applied L 1', 'after']);
    expect(ran.job('apply').review).toEqual({ environment: 'Production', reviewer: 'bob', approved: true });
    expect(ran.events).toContainEqual(
      expect.objectContaining({ type: 'job-waiting', environment: 'Production', reviewers: ['bob', 'carol'] }),
    );
  });

  test('reject: nothing is applied and the run says who rejected what', async () => {
    const ran = await run(workflow, { environments, gate: { mode: 'reject', reviewer: 'carol' } });
    expect(ran.lines).toEqual(['planned', 'failed']);
    expect(ran.result).toMatchObject({
      result: 'rejected',
      reasons: ["carol rejected environment 'Production' for job 'apply'"],
    });
  });

  test.each([
    [true, 'succeeded'],
    [false, 'rejected'],
  ] as const)('ask: %s', async (answer, result) => {
    const asked: unknown[] = [];
    const ask = async (question: unknown): Promise<boolean> => {
      asked.push(question);
      return answer;
    };
    const ran = await run(workflow, { environments, gate: { mode: 'ask', ask } });
    expect(asked).toEqual([{ environment: 'Production', job: 'apply', reviewers: ['bob', 'carol'] }]);
    expect(ran.result.result).toBe(result);
  });

  test('two jobs that wait for the same environment are one question', async () => {
    const both = `on: workflow_dispatch
jobs:
  a: {runs-on: x, environment: production, steps: [run: echo a]}
  b: {runs-on: x, environment: production, steps: [run: echo b]}
`;
    let questions = 0;
    const waiting = Promise.withResolvers<void>();
    let jobs = 0;
    const ask = async (): Promise<boolean> => {
      questions += 1;
      await waiting.promise;
      return true;
    };
    const onEvent: TestOptions['onEvent'] = (event) => {
      if (event.type === 'job-waiting') jobs += 1;
      if (jobs === 2) setImmediate(() => waiting.resolve());
    };
    const ran = await run(both, { environments, gate: { mode: 'ask', ask }, onEvent });
    expect([questions, [...ran.lines].sort()]).toEqual([1, ['a', 'b']]);
  });

  test('a question that cannot be asked is not approved', async () => {
    const ask = () => Promise.reject(new Error('no terminal'));
    expect((await run(workflow, { environments, gate: { mode: 'ask', ask } })).result.result).toBe('rejected');
  });

  test('an environment that is known only at run time and not declared', async () => {
    const ran = await run(workflow, { environments: { plan: {} } });
    expect(ran.result.reasons[0]).toBe(
      "apply: environment 'production' is not declared (declared: plan); GitHub would create it without any reviewers",
    );
  });

  test('a cancelled run stops waiting', async () => {
    const controller = new AbortController();
    const onEvent: TestOptions['onEvent'] = (event) => event.type === 'job-waiting' && controller.abort();
    const ran = await run(workflow, { environments, gate: { mode: 'ask' }, signal: controller.signal, onEvent });
    expect(ran.result.result).toBe('cancelled');
    expect(ran.job('apply').status).toBe('cancelled');
  });
});

describe('cancellation', () => {
  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };
  /** Waits a moment: a signal takes effect after kill() has returned. */
  const survivors = async (pids: number[]): Promise<number[]> => {
    for (let attempt = 0; attempt < 40 && pids.some(alive); attempt += 1) await setTimeout(25);
    return pids.filter(alive);
  };
  /** Cancels when the step has written its process ids. */
  const cancelWhenReady = async (
    script: string,
    rest: string,
    options: (controller: AbortController) => TestOptions,
  ) => {
    const controller = new AbortController();
    const pids: number[] = [];
    const ran = await run(steps(`      - run: |\n${script.replaceAll(/^/gm, '          ')}\n${rest}`), {
      ladder,
      ...options(controller),
      onEvent: (event) => {
        if (event.type !== 'log') return;
        const pid = /^pid (\d+)$/.exec(event.line)?.[1];
        if (pid) pids.push(Number(pid));
        if (event.line === 'ready') controller.abort();
      },
    });
    return { ran, pids };
  };

  test('kills the whole process group; always() steps still run', async () => {
    const script = 'sleep 60 & echo "pid $!"\nbash -c \'echo "pid $$"; exec sleep 60\' &\nsleep 0.1\necho ready\nwait';
    const { ran, pids } = await cancelWhenReady(
      script,
      '      - {if: always(), run: echo cleanup}\n      - run: echo never\n',
      ({ signal }) => ({ signal }),
    );
    expect(pids).toHaveLength(2);
    expect(await survivors(pids)).toEqual([]);
    expect(ran.lines).toContain('cleanup');
    expect(ran.lines).not.toContain('never');
    expect(ran.result.result).toBe('cancelled');
    expect(ran.job('a').steps[0]).toMatchObject({ outcome: 'cancelled' });
  });

  test('SIGINT first, then SIGTERM, then SIGKILL', async () => {
    const script =
      "trap 'echo int' INT\ntrap 'echo term' TERM\necho \"pid $$\"\necho ready\nwhile true; do sleep 0.05 || true; done";
    const { ran, pids } = await cancelWhenReady(script, '', ({ signal }) => ({ signal }));
    expect(ran.lines.filter((line) => line === 'int' || line === 'term')).toEqual(['int', 'term']);
    expect(await survivors(pids)).toEqual([]);
  });

  test('a running step with always() goes on', async () => {
    const { ran } = await cancelWhenReady(
      'echo ready\nsleep 0.2\necho finished',
      '        if: always()\n',
      ({ signal }) => ({ signal }),
    );
    expect(ran.lines).toContain('finished');
  });

  test('force stops at once, without always() steps', async () => {
    const script = 'trap \'\' INT TERM\necho "pid $$"\necho ready\nwhile true; do sleep 0.05; done';
    const begin = Date.now();
    const { ran, pids } = await cancelWhenReady(
      script,
      '      - {if: always(), run: echo cleanup}\n',
      ({ signal }) => ({ force: signal, ladder: { terminateAfter: 20_000, killAfter: 30_000 } }),
    );
    expect(Date.now() - begin).toBeLessThan(3_000);
    expect(ran.lines).not.toContain('cleanup');
    expect(await survivors(pids)).toEqual([]);
  });

  test('a daemon that a step leaves behind ends with the job', async () => {
    const ran = await run(
      steps(
        '      - run: |\n          sleep 60 >/dev/null 2>&1 &\n          echo "pid $!"\n      - run: kill -0 $(cat /proc/self/stat | cut -d\' \' -f1)\n',
      ),
    );
    const pid = Number(/^pid (\d+)$/.exec(ran.lines[0] ?? '')?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(await survivors([pid])).toEqual([]);
  });

  test('nothing survives when the runner itself is killed', async () => {
    const directory = temporaryDirectory();
    const pidFile = join(directory, 'pid');
    const program = `
      import { ProcessGroups } from ${JSON.stringify(new URL('./process-groups.ts', import.meta.url).href)};
      import { runProcess } from ${JSON.stringify(new URL('./process.ts', import.meta.url).href)};
      runProcess({ file: 'bash', args: ['-c', 'echo $$ > ${pidFile}; sleep 60'], cwd: '/', env: { PATH: process.env.PATH },
        onLine: () => {}, signal: new AbortController().signal, ladder: { terminateAfter: 1, killAfter: 2 }, groups: new ProcessGroups() });
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);`;
    try {
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    } catch {
      // It ends by SIGKILL, as it should.
    }
    expect(existsSync(pidFile)).toBe(true);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(await survivors([pid])).toEqual([]);
  });
});
