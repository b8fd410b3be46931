import { describe, expect, test } from '@jest/globals';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Kube, KubeEvent, KubeObject } from './kube.ts';
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

function pod(status: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1-a' }, status };
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
    expect(podTroubles(waiting('CrashLoopBackOff', '', state))[0]?.message).toBe(
      '4 restarts, last ended with out of memory',
    );
  });

  test('a restarted container that is ready now is no trouble', () => {
    expect(podTroubles(pod({ containerStatuses: [{ name: 'web', ready: true, restartCount: 9, state: {} }] }))).toEqual(
      [],
    );
  });
});

/** A cluster (with a watch that may be silent) whose Deployment takes the given states, one at each look, and whose pods are the given ones. */
function cluster(states: KubeObject[], pods: KubeObject[], events: KubeEvent[] = [], silent = false) {
  let current: KubeObject | undefined;
  let now = 0;
  const lines: string[] = [];
  const log: Log = {
    debug() {},
    info: (line) => lines.push(line),
    notice() {},
    warning() {},
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
      const next = states.length > 1 ? states.shift() : states[0];
      current = next;
      if (next !== undefined && !silent) for (const send of push) send(next);
    },
  };
  const kube = {
    get: async () => current,
    watch: (_: unknown, see: (event: { type: 'MODIFIED'; object: KubeObject }) => boolean, stop: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        push.push((object) => {
          if (see({ type: 'MODIFIED', object })) resolve();
        });
        stop.addEventListener('abort', () => reject(stop.reason));
      }),
    list: async ({ kind }: { kind: string }) => (kind === 'replicasets' ? [replicaSet] : pods),
    events: async () => events,
    logs: async () => 'one\nPHP Fatal error: no config\n',
  } as unknown as Kube;
  const run = (timeoutMilliseconds = 600_000) =>
    waitForRollout(
      { kind: 'Deployment', name: 'web' },
      { kube, log, clock, signal: new AbortController().signal, timeoutMilliseconds },
    );
  return { run, lines, elapsed: () => now };
}

describe('waiting for a rollout', () => {
  const started = deployment({ replicas: 2, updatedReplicas: 1 });
  const finished = deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 });

  test('ends with the rollout and told of its progress', async () => {
    const { run, lines } = cluster([started, started, finished], []);
    await run();
    expect(lines[0]).toBe('Deployment/web: 1 of 2 updated, 0 ready, 1 old still there (1 s)');
    expect(lines.at(-1)).toBe('Deployment/web: 2 of 2 updated, 2 ready (11 s)');
  });

  test('ends also when the watch falls silent', async () => {
    const { run, lines } = cluster([started, finished], [], [], true);
    await run();
    expect(lines.at(-1)).toBe('Deployment/web: 2 of 2 updated, 2 ready (6 s)');
  });

  test('an image that cannot be pulled is given a minute, then named', async () => {
    const { run, elapsed } = cluster([started], [waiting('ImagePullBackOff', 'no such tag')]);
    await expect(run()).rejects.toThrow(
      'Deployment/web does not roll out: pod web-1-a, container web: ImagePullBackOff (no such tag).',
    );
    expect(elapsed()).toBe(61_000);
  });

  test('a crash comes with the last lines of the log', async () => {
    const { run, elapsed } = cluster([started], [waiting('CrashLoopBackOff', '', { restartCount: 3 })]);
    await expect(run()).rejects.toThrow('Its last log lines:\none\nPHP Fatal error: no config');
    expect(elapsed()).toBe(1000);
  });

  test('a pod without room is waited for, with the scheduler’s words, then reported', async () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes: cpu' }];
    const { run, lines, elapsed } = cluster([started], [pod({ conditions })]);
    await expect(run()).rejects.toThrow('Unschedulable (0/3 nodes: cpu)');
    expect(lines[0]).toContain('0/3 nodes: cpu');
    expect(elapsed()).toBe(301_000);
  });

  test('the deadline of the controller comes with the probe that failed', async () => {
    const late = deployment({
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    });
    const unhealthy = {
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed: 500',
      count: 9,
      lastSeen: '',
    };
    const { run } = cluster([late], [pod({})], [unhealthy]);
    await expect(run()).rejects.toThrow(
      'Deployment/web does not roll out: ProgressDeadlineExceeded: pod web-1-a: Unhealthy (Readiness probe failed: 500)',
    );
  });

  test('a refusal by admission fails before the deadline', async () => {
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'violates PodSecurity' },
    ];
    const { run, elapsed } = cluster([deployment({ conditions })], []);
    await expect(run()).rejects.toThrow('Deployment/web does not roll out: FailedCreate: violates PodSecurity');
    expect(elapsed()).toBeLessThanOrEqual(30_000);
  });

  test('the time-out says what was seen last', async () => {
    const { run } = cluster([started], []);
    await expect(run(20_000)).rejects.toThrow(
      'Deployment/web did not roll out within 21 s: 1 of 2 updated, 0 ready, 1 old still there.',
    );
  });
});
