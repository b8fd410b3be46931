import { describe, expect, test } from '@jest/globals';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Kube, KubeObject, Selection, WatchEvent } from './kube.ts';
import { KubeError } from './kube-error.ts';
import { podTroubles } from './pod-troubles.ts';
import { waitForRollout } from './rollout.ts';
import { rolloutStatus } from './rollout-status.ts';

const REVISION = 'deployment.kubernetes.io/revision';

function deployment(status: object, replicas = 2): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', uid: 'd', generation: 3, annotations: { [REVISION]: '2' } },
    spec: { replicas, selector: { matchLabels: { app: 'web' } } },
    status: { observedGeneration: 3, ...status },
  };
}

const replicaSet: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: 'web-1',
    labels: { 'pod-template-hash': 'h2' },
    annotations: { [REVISION]: '2' },
    ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd' }],
  },
};

function pod(status: object, labels: Record<string, string> = { app: 'web', 'pod-template-hash': 'h2' }): KubeObject {
  const metadata = { name: 'web-1-a', uid: 'p', labels };
  const resources = { limits: { memory: '4Gi' } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'web', resources }] }, status };
}

/** An Event about the pod, or about an earlier one of its name. */
function said(reason: string, message: string, type = 'Warning', uid = 'p'): KubeObject {
  const involvedObject = { kind: 'Pod', name: 'web-1-a', uid };
  const metadata = { name: `web-1-a.${reason}` };
  return { apiVersion: 'v1', kind: 'Event', metadata, type, reason, message, involvedObject };
}

const waiting = (reason: string, message = '', more: object = {}) =>
  pod({ containerStatuses: [{ name: 'web', ready: false, state: { waiting: { reason, message } }, ...more }] });

describe('the status of a workload', () => {
  const done = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const cases: [string, KubeObject, boolean, string][] = [
    ['all new and available', deployment(done), true, '2 of 2 updated, 2 ready'],
    [
      'not seen by the controller',
      deployment({ ...done, observedGeneration: 2 }),
      false,
      'the controller has not begun',
    ],
    ['an old pod left', deployment({ ...done, replicas: 3 }), false, '2 of 2 updated, 2 ready, 1 old still there'],
    ['one not available', deployment({ ...done, availableReplicas: 1 }), false, '2 of 2 updated, 1 ready'],
    ['absent counters', deployment({}), false, '0 of 2 updated, 0 ready'],
    ['scaled to none', deployment({}, 0), true, '0 of 0 updated, 0 ready'],
    [
      'a set with all ready but none updated',
      { ...deployment({ replicas: 2, readyReplicas: 2 }), kind: 'StatefulSet' },
      false,
      '0 of 2 updated, 2 ready, 2 old still there',
    ],
    ['a set that is done', { ...deployment(done), kind: 'StatefulSet' }, true, '2 of 2 updated, 2 ready'],
  ];
  test.each(cases)('%s', (_, object, finished, seen) => {
    expect(rolloutStatus(object)).toMatchObject({ done: finished, seen });
  });

  test('a refusal says more than the deadline that it leads to', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
    ];
    expect(rolloutStatus(deployment({ conditions })).failure).toEqual({
      reason: 'FailedCreate',
      message: 'exceeded quota',
      givenUp: true,
    });
  });
});

describe('the troubles of a pod', () => {
  test('a pod that is only starting has none', () => {
    expect(podTroubles(waiting('ContainerCreating'))).toEqual([]);
    expect(podTroubles(pod({}))).toEqual([]);
  });

  test('three restarts settle it, even while it happens to run', () => {
    const running = {
      name: 'web',
      ready: false,
      restartCount: 3,
      state: {},
      lastState: { terminated: { exitCode: 7 } },
    };
    expect(podTroubles(pod({ containerStatuses: [running] }))).toMatchObject([
      { reason: 'CrashLoopBackOff', message: '3 restarts, last ended with exit code 7', patience: 0, hasLog: true },
    ]);
  });

  test('memory is named as the cause', () => {
    const state = { restartCount: 4, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
    expect(podTroubles(waiting('CrashLoopBackOff', '', state))[0]).toMatchObject({
      message: '4 restarts, last ended with out of memory, its limit being 4Gi',
      family: 'memory',
    });
  });

  test('a restarted container that is ready now is no trouble', () => {
    expect(podTroubles(pod({ containerStatuses: [{ name: 'web', ready: true, restartCount: 9, state: {} }] }))).toEqual(
      [],
    );
  });
});

/** A cluster whose Deployment takes the given states, one at each tick of the clock, and whose pods are the given ones. */
function cluster(
  states: KubeObject[],
  pods: KubeObject[],
  { events = [], silent = false, denied = '' }: { events?: KubeObject[]; silent?: boolean; denied?: string } = {},
) {
  let current: KubeObject | undefined;
  let now = 0;
  const lines: string[] = [];
  const requests: string[] = [];
  const log: Log = {
    debug() {},
    info: (line) => lines.push(line),
    notice() {},
    warning: (line) => lines.push(line),
    error() {},
    group: (_, body) => body(),
  };
  const push: ((object: KubeObject) => void)[] = [];
  const clock: Clock = {
    now: () => now,
    async sleep(milliseconds, signal) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      now += milliseconds;
      if (milliseconds < 1000) return;
      current = states.length > 1 ? states.shift() : states[0];
      if (current !== undefined && !silent) for (const send of push) send(current);
    },
  };
  const kube = {
    async get() {
      requests.push('get');
      return current;
    },
    watch(selection: Selection, see: (event: WatchEvent) => boolean, stop: AbortSignal) {
      if (selection.kind === denied) return Promise.reject(new KubeError('forbidden', 'No right.'));
      return new Promise<void>((_, reject) => {
        const initial = selection.kind === 'pods' ? pods : selection.kind === 'events' ? events : [];
        for (const object of initial) see({ type: 'ADDED', object });
        if (initial.length === 0 && selection.kind === 'Deployment') {
          push.push((object) => see({ type: 'MODIFIED', object }));
        }
        stop.addEventListener('abort', () => reject(stop.reason));
      });
    },
    async list() {
      requests.push('list');
      return [replicaSet];
    },
    logs: async () => 'one\nPHP Fatal error: no config\n',
  } as unknown as Kube;
  const run = (timeoutMilliseconds = 600_000, least = 0) =>
    waitForRollout(
      { kind: 'Deployment', name: 'web' },
      { kube, log, clock, signal: new AbortController().signal, timeoutMilliseconds },
      least,
    );
  const fails = async (): Promise<{ message: string; seconds: number }> => {
    const { message } = await run().then(
      () => new Error('It rolled out.'),
      (error: Error) => error,
    );
    return { message, seconds: now / 1000 };
  };
  return { run, fails, lines, requests, elapsed: () => now };
}

describe('waiting for a rollout', () => {
  const started = deployment({ replicas: 2, updatedReplicas: 1 });
  const finished = deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 });

  test('ends with the rollout and told of its progress, asking for nothing but the revision', async () => {
    const { run, lines, requests } = cluster([...Array<KubeObject>(7).fill(started), finished], []);
    await run();
    expect(lines[0]).toMatch(/^Deployment\/web: 1 of 2 updated, 0 ready, 1 old still there \([56] s\)$/);
    expect(lines.at(-1)).toMatch(/^Deployment\/web: 2 of 2 updated, 2 ready \([89] s\)$/);
    expect(requests).toEqual(['list']);
  });

  test('ends also when the watch falls silent', async () => {
    const { run, elapsed } = cluster([started, finished], [], { silent: true });
    await run();
    expect(elapsed()).toBeLessThan(40_000);
  });

  test('waits until the autoscaler has asked for its pods', async () => {
    const one = deployment({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, 1);
    const { run, lines } = cluster([...Array<KubeObject>(7).fill(one), finished], []);
    await run(600_000, 2);
    expect(lines[0]).toContain('the autoscaler has not asked for its 2 pods yet');
    expect(lines.at(-1)).toContain('2 of 2 updated, 2 ready');
  });

  test('pods of an older revision are not looked at', async () => {
    const old = pod({ containerStatuses: [{ name: 'web', restartCount: 9 }] }, { 'pod-template-hash': 'h1' });
    await expect(cluster([started, finished], [old]).run()).resolves.toBeUndefined();
  });

  test('an image that the registry does not have is named within seconds, in the registry’s words', async () => {
    const cause = 'rpc error: code = NotFound desc = failed to pull and unpack image "m:1": failed to resolve';
    const failed = said('Failed', `Failed to pull image "m:1": ${cause} reference "m:1": m:1: not found`);
    const { message, seconds } = await cluster([started], [waiting('ErrImagePull', 'rpc error')], {
      events: [failed],
    }).fails();
    expect(message).toBe(
      'Deployment/web does not roll out: pod web-1-a, container web: ErrImagePull (Failed to pull image "m:1": not found). Check that the image is in the registry and that the nodes may pull from it.',
    );
    expect(seconds).toBeLessThan(10);
  });

  test('a pull that is refused is given a minute: the role may be new', async () => {
    const { message, seconds } = await cluster([started], [waiting('ImagePullBackOff', '401 Unauthorized')]).fails();
    expect(message).toContain('ImagePullBackOff (401 Unauthorized)');
    expect(seconds).toBeGreaterThan(59);
    expect(seconds).toBeLessThan(65);
  });

  test('a crash comes with the last lines of the log', async () => {
    const { message, seconds } = await cluster(
      [started],
      [waiting('CrashLoopBackOff', '', { restartCount: 3 })],
    ).fails();
    expect(message).toContain('Its last log lines:\none\nPHP Fatal error: no config');
    expect(seconds).toBeLessThan(3);
  });

  test('a pod without room is waited for, with the scheduler’s words', async () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes: cpu.' }];
    const { run, lines, elapsed } = cluster([started], [pod({ conditions })]);
    await expect(run()).rejects.toThrow('Unschedulable (0/3 nodes: cpu). Ask for vCPU quota');
    expect(lines[0]).toContain('0/3 nodes: cpu');
    expect(elapsed()).toBeGreaterThan(300_000);
  });

  test('but not when the autoscaler says that it adds no node', async () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes: cpu.' }];
    const events = [said('NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached", 'Normal')];
    const { message, seconds } = await cluster([started], [pod({ conditions })], { events }).fails();
    expect(message).toContain("0/3 nodes: cpu; no node is added: pod didn't trigger scale-up: 1 max node group size");
    expect(seconds).toBeLessThan(25);
  });

  test('a startup probe that had the container restarted is the cause, not the signal that ended it', async () => {
    const container = { name: 'web', ready: false, started: false, restartCount: 1, state: { running: {} } };
    const events = [
      said('Unhealthy', 'Startup probe failed: HTTP probe failed with statuscode: 502'),
      said('Killing', 'Container web failed startup probe, will be restarted', 'Normal'),
    ];
    const { message } = await cluster([started], [pod({ containerStatuses: [container] })], { events }).fails();
    expect(message).toContain('Unhealthy (Startup probe failed: HTTP probe failed with statuscode: 502)');
    expect(message).toContain('PHP Fatal error');
  });

  test('a pod that stays unready is given a minute; one of a set as long as it takes', async () => {
    const container = { name: 'web', ready: false, started: true, restartCount: 0, state: { running: {} } };
    const events = [said('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')];
    const { message, seconds } = await cluster([started], [pod({ containerStatuses: [container] })], {
      events,
    }).fails();
    expect(message).toContain('Readiness probe failed: HTTP probe failed with statuscode: 503');
    expect(seconds).toBeGreaterThan(59);
    const labels = { app: 'web', 'controller-revision-hash': 'r' };
    const set = { ...deployment({ replicas: 2, updateRevision: 'r' }), kind: 'StatefulSet' };
    const { run } = cluster([set], [pod({ containerStatuses: [container] }, labels)], { events });
    await expect(run(120_000)).rejects.toThrow('did not roll out within 2 min');
  });

  test('a secret that is missing is told in the driver’s words', async () => {
    const events = [said('FailedMount', 'MountVolume.SetUp failed for volume "secrets" :\n SecretNotFound')];
    const container = { name: 'web', ready: false, state: { waiting: { reason: 'ContainerCreating' } } };
    const { message } = await cluster([started], [pod({ phase: 'Pending', containerStatuses: [container] })], {
      events,
    }).fails();
    expect(message).toContain('FailedMount (MountVolume.SetUp failed for volume "secrets" : SecretNotFound)');
  });

  test('what was said about an earlier pod of the same name does not count', async () => {
    const events = [said('FailedMount', 'long ago', 'Warning', 'another')];
    const { run } = cluster([started], [pod({ phase: 'Pending' })], { events });
    await expect(run(70_000)).rejects.toThrow(/ready, 1 old still there\.$/);
  });

  test('the deadline of the controller comes with the probe that failed', async () => {
    const late = deployment({
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    });
    const events = [said('Unhealthy', 'Startup probe failed: 500')];
    const { message } = await cluster([late], [pod({})], { events }).fails();
    expect(message).toBe(
      'Deployment/web does not roll out: ProgressDeadlineExceeded: pod web-1-a: Unhealthy (Startup probe failed: 500).',
    );
  });

  test('a quota or an admission that refuses the pods is told within seconds', async () => {
    const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: cpu' };
    const { message, seconds } = await cluster([deployment({ conditions: [refused] })], []).fails();
    expect(message).toBe('Deployment/web does not roll out: FailedCreate: exceeded quota: cpu.');
    expect(seconds).toBeLessThan(6);
  });

  test('without the right to see events, a failure is still told', async () => {
    const { run, lines } = cluster([started], [waiting('InvalidImageName', 'bad')], { denied: 'events' });
    await expect(run()).rejects.toThrow('InvalidImageName (bad)');
    expect(lines[0]).toContain('The events of the rollout cannot be watched');
  });

  test('the time-out says what was seen last', async () => {
    const { run } = cluster([started], []);
    await expect(run(20_000)).rejects.toThrow(
      /^Deployment\/web did not roll out within 2[01] s: 1 of 2 updated, 0 ready, 1 old still there\.$/,
    );
  });
});
