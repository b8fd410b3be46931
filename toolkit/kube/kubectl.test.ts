import { describe, expect, test } from '@jest/globals';
import { CommandError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Exec, ExecRequest, ExecResult } from '../process/exec.ts';
import { jsonObjects } from './json-stream.ts';
import type { KubeObject } from './kube.ts';
import { createKubectl, requireKubectl } from './kubectl.ts';
import { execArguments, logsArguments } from './kubectl-arguments.ts';
import { kubectlEnvironment } from './kubectl-environment.ts';

const quiet: Log = {
  debug() {},
  info() {},
  notice() {},
  warning() {},
  error() {},
  group: (_, body) => body(),
};
const clock: Clock = { now: () => 0, sleep: async (_, signal) => signal?.throwIfAborted() };

/** What a kubectl needs, when nothing of it matters. */
const unused = {
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  log: quiet,
  clock,
  signal: new AbortController().signal,
  environment: {},
  kubeconfig: '/k',
  namespace: 'moodle',
  cacheDirectory: '/c',
};

/** A kubectl that answers from a script of results or errors, and remembers what it was asked. */
function scripted(...answers: (Partial<ExecResult> | Error)[]) {
  const requests: ExecRequest[] = [];
  const exec: Exec = async (request) => {
    requests.push(request);
    const answer = answers.shift() ?? new Error('Nothing more was expected.');
    if (answer instanceof Error) throw answer;
    for (const line of (answer.stdout ?? '').split('\n')) request.onStdout?.(line);
    return { exitCode: 0, stdout: '', stderr: '', ...answer };
  };
  const kube = createKubectl({
    ...unused,
    exec,
    execUntil: (signal) => async (request) => {
      const result = await exec(request);
      signal.throwIfAborted();
      return result;
    },
  });
  return { kube, requests };
}

const connection = ['--kubeconfig=/k', '--namespace=moodle', '--cache-dir=/c'];
const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { secret: 'x' } };
const json = (value: unknown): { stdout: string } => ({ stdout: JSON.stringify(value, null, 4) });

describe('kubectl', () => {
  test('collects its garbage less often, unless the environment says how often', async () => {
    expect(kubectlEnvironment({ HOME: '/h', EMPTY: undefined })).toEqual({ HOME: '/h', GOGC: '400' });
    expect(kubectlEnvironment({ GOGC: '50' })).toEqual({ GOGC: '50' });
    const { kube, requests } = scripted({ stdout: '' });
    await kube.get({ kind: 'ConfigMap', name: 'c' });
    expect(requests[0]?.env).toEqual({ GOGC: '400' });
  });

  test('reads one object, and undefined for none', async () => {
    const { kube, requests } = scripted(json(object), { stdout: '' });
    expect(await kube.get({ kind: 'ConfigMap', name: 'c' })).toEqual(object);
    expect(await kube.get({ kind: 'ConfigMap', name: 'd' })).toBeUndefined();
    expect(requests[0]?.args).toEqual([
      ...connection,
      'get',
      'ConfigMap',
      'c',
      '--ignore-not-found',
      '--output=json',
      '--request-timeout=30s',
    ]);
  });

  test('lists by labels', async () => {
    const { kube, requests } = scripted(json({ kind: 'List', items: [object] }));
    expect(await kube.list({ kind: 'pods', labels: { a: '1', b: '2' } })).toEqual([object]);
    expect(requests[0]?.args).toContain('--selector=a=1,b=2');
  });

  test('applies by server-side apply with our manager, objects on standard input only', async () => {
    const { kube, requests } = scripted(json(object));
    await kube.apply(object, { dryRun: true, force: true });
    const args = requests[0]?.args ?? [];
    for (const wanted of [
      '--server-side',
      '--field-manager=moodle-high-scale',
      '--dry-run=server',
      '--force-conflicts',
    ]) {
      expect(args).toContain(wanted);
    }
    expect(args.join(' ')).not.toContain('secret');
    expect(JSON.parse(requests[0]?.stdin ?? '')).toEqual(object);
  });

  test('replaces what it read, and says when somebody was faster', async () => {
    const { kube, requests } = scripted(
      json(object),
      new CommandError(
        'kubectl',
        1,
        'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on leases.coordination.k8s.io "c": the object has been modified; please apply your changes to the latest version and try again',
      ),
    );
    expect(await kube.replace(object)).toEqual(object);
    expect(requests[0]?.args.slice(3, 4)).toEqual(['replace']);
    await expect(kube.replace(object)).rejects.toMatchObject({ reason: 'conflict' });
  });

  test('deletes one object by its uid, and no other of its name', async () => {
    const job: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', uid: 'u-1' } };
    const refusal = (text: string) => new CommandError('kubectl', 1, `Error from server ${text}`);
    const { kube, requests } = scripted(
      {},
      refusal('(NotFound): jobs.batch "j" not found'),
      refusal('(Conflict): Operation cannot be fulfilled on jobs.batch "j": Precondition failed: UID in precondition'),
      refusal('(Forbidden): no'),
    );
    expect(await kube.deleteExactly(job)).toBe(true);
    expect(requests[0]?.args).toContain('--raw=/apis/batch/v1/namespaces/moodle/jobs/j');
    expect(JSON.parse(requests[0]?.stdin ?? '')).toMatchObject({
      preconditions: { uid: 'u-1' },
      propagationPolicy: 'Background',
    });
    expect(await kube.deleteExactly(job)).toBe(false);
    expect(await kube.deleteExactly(job)).toBe(false);
    await expect(kube.deleteExactly(job)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  test('tries again after a fault that passes, and not after a refusal', async () => {
    const passing = scripted(
      new CommandError('kubectl', 1, 'Error from server: etcdserver: leader changed'),
      json(object),
    );
    expect(await passing.kube.get({ kind: 'ConfigMap', name: 'c' })).toEqual(object);
    const refused = scripted(new CommandError('kubectl', 1, 'Error from server (Forbidden): no'));
    await expect(refused.kube.get({ kind: 'ConfigMap', name: 'c' })).rejects.toMatchObject({ reason: 'forbidden' });
    expect(refused.requests).toHaveLength(1);
  });

  test('the exit code of a command in a pod is its own, also when it prints what kubectl might', async () => {
    const { kube } = scripted({
      exitCode: 1,
      stderr: 'error: from the command\ncommand terminated with exit code 1\n',
    });
    expect(await kube.exec('p', ['false'])).toMatchObject({ exitCode: 1 });
  });

  test('a pod that is not there is an error of the cluster', async () => {
    const { kube } = scripted({ exitCode: 1, stderr: 'Error from server (NotFound): pods "p" not found\n' });
    await expect(kube.exec('p', ['true'])).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('follows changes until told to stop, and begins anew when the server ends the watch', async () => {
    const event = (name: string) => `${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`;
    const { kube, requests } = scripted({ stdout: event('a') }, { stdout: event('b') + event('c') });
    const seen: string[] = [];
    await kube.watch({ kind: 'Job', name: 'j' }, ({ object: { metadata } }) => {
      seen.push(metadata.name);
      return metadata.name === 'b';
    });
    expect(seen).toEqual(['a', 'b']);
    expect(requests).toHaveLength(2);
    expect(requests[0]?.args).toContain('--field-selector=metadata.name=j');
  });

  test('a watch survives a server that is away for a moment, and not one that refuses', async () => {
    const away = () => new CommandError('kubectl', 1, 'The connection to the server x was refused');
    const found = { stdout: '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n' };
    const back = scripted(away(), new CommandError('kubectl', 137, ''), found);
    await back.kube.watch({ kind: 'Job' }, () => true);
    expect(back.requests).toHaveLength(3);
    const gone = scripted(...Array.from({ length: 9 }, away));
    await expect(gone.kube.watch({ kind: 'Job' }, () => true)).rejects.toMatchObject({ reason: 'unreachable' });
    expect(gone.requests).toHaveLength(6);
    const refused = scripted(new CommandError('kubectl', 1, 'Error from server (Forbidden): no'));
    await expect(refused.kube.watch({ kind: 'Job' }, () => true)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  test('a log is followed until the signal, which ends the kubectl that follows it', async () => {
    const stop = new AbortController();
    const ended: unknown[] = [];
    const kube = createKubectl({
      ...unused,
      execUntil: (signal) => (followed) =>
        new Promise((_, fail) => {
          signal.addEventListener('abort', () => {
            ended.push(followed.args.slice(3));
            fail(signal.reason);
          });
          followed.onStdout?.('first');
        }),
    });
    const following = kube.followLogs('job/j', () => stop.abort(new Error('enough')), { signal: stop.signal });
    await expect(following).rejects.toThrow('enough');
    expect(ended).toEqual([['logs', 'job/j', '--follow']]);
  });

  test('a stream that breaks off is an error of the cluster', async () => {
    const { kube } = scripted(new CommandError('kubectl', 1, 'error: unexpected EOF'));
    const { signal } = new AbortController();
    await expect(kube.followLogs('job/j', () => {}, { signal })).rejects.toMatchObject({ reason: 'failed' });
  });

  test('events come oldest first, whatever API their controller used', async () => {
    const { kube } = scripted(
      json({
        items: [
          { metadata: {}, type: 'Warning', reason: 'B', message: 'b', count: 3, lastTimestamp: '2026-01-02T00:00:00Z' },
          { metadata: {}, type: 'Warning', reason: 'A', message: 'a', eventTime: '2026-01-01T00:00:00Z' },
        ],
      }),
    );
    const events = await kube.events({ kind: 'Service', name: 's' });
    expect(events.map(({ reason, count }) => [reason, count])).toEqual([
      ['A', 1],
      ['B', 3],
    ]);
  });
});

describe('argument lists', () => {
  test('a command in a pod comes after --, so that it is never an option of kubectl', () => {
    expect(execArguments('p', ['sh', '-c', 'x'], { container: 'c', stdin: 'in' })).toEqual([
      'exec',
      'p',
      '--container=c',
      '--stdin',
      '--',
      'sh',
      '-c',
      'x',
    ]);
  });

  test('a log that is followed has no time limit', () => {
    expect(logsArguments('job/j', { tail: 5 }, true)).toEqual(['logs', 'job/j', '--tail=5', '--follow']);
    expect(logsArguments('p', { previous: true }, false)).toContain('--request-timeout=30s');
  });
});

describe('the version of kubectl', () => {
  const version = (minor: string) => json({ clientVersion: { major: '1', minor, gitVersion: `v1.${minor}.0` } });
  const execOf = (answer: Partial<ExecResult> | Error): Exec => {
    return async () => {
      if (answer instanceof Error) throw answer;
      return { exitCode: 0, stdout: '', stderr: '', ...answer };
    };
  };

  test('1.30 and later are taken, also with a suffix', async () => {
    await expect(requireKubectl(execOf(version('30')))).resolves.toBeUndefined();
    await expect(requireKubectl(execOf(version('32+')))).resolves.toBeUndefined();
  });

  test('an older one is refused by its version', async () => {
    await expect(requireKubectl(execOf(version('29')))).rejects.toThrow(
      'kubectl v1.29.0 is too old; install version 1.30 or later.',
    );
  });

  test('none at all is a sentence', async () => {
    await expect(requireKubectl(execOf(new Error('Unable to locate executable file: kubectl.')))).rejects.toThrow(
      'kubectl is not on the PATH of this runner',
    );
  });
});

describe('a stream of JSON', () => {
  const objects = [{ a: { b: '}\n}' } }, { c: [] }];
  const split = (text: string): unknown[] => {
    const seen: unknown[] = [];
    const add = jsonObjects((value) => seen.push(value));
    for (const line of text.split('\n')) add(line);
    return seen;
  };

  test('indented, is cut at the closing braces of the objects, not of their parts', () => {
    expect(split(objects.map((value) => JSON.stringify(value, null, 4)).join('\n'))).toEqual(objects);
  });

  test('with an object a line, as watch events come, is cut at the lines', () => {
    expect(split(`${objects.map((value) => JSON.stringify(value)).join('\n')}\n`)).toEqual(objects);
  });
});
