import { describe, expect, test } from '@jest/globals';
import { fakeClock, recordingLog } from '../../test/support/fakes.ts';
import type { Kube, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';
import { type LeaseOptions, withLease } from './lease.ts';

/** A cluster with one Lease, and the API server's rules for writing it. */
class FakeCluster {
  lease: KubeObject | undefined;
  #version = 0;
  /** Calls that fail before the next one that does not. */
  failures: KubeError[] = [];
  /** Answers of writes that are lost: the write is done all the same. */
  lostAnswers = 0;

  get kube(): Kube {
    return {
      get: async () => structuredClone(this.lease),
      create: async (object: KubeObject) => {
        if (this.lease !== undefined) throw new KubeError('exists', 'exists');
        return this.#store(object);
      },
      replace: async (object: KubeObject) => {
        const failure = this.failures.shift();
        if (failure !== undefined) throw failure;
        if (this.lease === undefined) throw new KubeError('not-found', 'not found');
        if (object.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
          throw new KubeError('conflict', 'modified');
        }
        const stored = this.#store(object);
        if (this.lostAnswers-- > 0) throw new KubeError('unreachable', 'connection lost');
        return stored;
      },
    } as unknown as Kube;
  }

  #store(object: KubeObject): KubeObject {
    this.#version += 1;
    this.lease = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
    return structuredClone(this.lease);
  }

  holder(): string | undefined {
    return (this.lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }
}

function options(cluster: FakeCluster, holder: string, more: Partial<LeaseOptions> = {}): LeaseOptions {
  return {
    kube: cluster.kube,
    name: 'work',
    holder,
    log: recordingLog(),
    clock: fakeClock(),
    signal: new AbortController().signal,
    timeoutMilliseconds: 60_000,
    ...more,
  };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a lease', () => {
  test('is held while the work is done, and given back, also after a failure', async () => {
    const cluster = new FakeCluster();
    const answer = await withLease(options(cluster, 'a'), async () => {
      expect(cluster.holder()).toBe('a');
      return 7;
    });
    expect(answer).toBe(7);
    expect(cluster.holder()).toBeUndefined();
    const failing = withLease(options(cluster, 'b'), async () => {
      expect(cluster.holder()).toBe('b');
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(cluster.holder()).toBeUndefined();
  });

  test('lets one of two in at a time', async () => {
    const cluster = new FakeCluster();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await soon();
      inside -= 1;
    };
    // One clock for all: it moves only when somebody sleeps, and a day of patience outlasts that.
    const patience = { timeoutMilliseconds: 86_400_000, clock: { now: Date.now, sleep: soon } };
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => withLease(options(cluster, name, patience), work)));
    expect(most).toBe(1);
  });

  test('of a holder who renews is waited for in vain, and named', async () => {
    const cluster = new FakeCluster();
    await cluster.kube.create(leaseOf('https://github.example/run/1', '2999-01-01T00:00:00.000000Z'));
    const waiting = withLease(options(cluster, 'b', { timeoutMilliseconds: 3000 }), async () => undefined);
    await expect(waiting).rejects.toThrow(
      'Waited 3 s for the lease work, which another run holds, in vain: https://github.example/run/1 has held it since 2026-11-24T10:00:00.000000Z.',
    );
    expect(cluster.holder()).toBe('https://github.example/run/1');
  });

  test('of a holder who stopped to renew is taken over', async () => {
    const cluster = new FakeCluster();
    await cluster.kube.create(leaseOf('dead', '1970-01-01T00:00:00.000000Z'));
    const clock = fakeClock();
    const log = recordingLog();
    let since = 0;
    await withLease(options(cluster, 'b', { clock, log }), async () => {
      since = clock.now();
    });
    expect(since).toBeGreaterThanOrEqual(30_000);
    expect(log.lines).toContain('info: took over the lease work: dead has stopped to renew it');
    expect(cluster.lease?.spec).toMatchObject({ leaseTransitions: 4 });
  });

  test('is renewed through an API server that is away, and through lost answers', async () => {
    const cluster = new FakeCluster();
    cluster.failures.push(new KubeError('unreachable', 'away'), new KubeError('failed', 'away'));
    const log = recordingLog();
    const clock = { now: () => Date.now(), sleep: soon };
    await withLease(options(cluster, 'a', { clock, log }), async (signal) => {
      cluster.lostAnswers = 1;
      for (let turn = 0; turn < 20; turn += 1) await soon();
      expect(signal.aborted).toBe(false);
      expect(Number(cluster.lease?.metadata.resourceVersion)).toBeGreaterThan(4);
    });
    expect(log.lines.join('\n')).toContain('The lease work could not be renewed (away)');
  });

  test('that another has taken over stops the work, and is left to the other', async () => {
    const cluster = new FakeCluster();
    const clock = { now: () => Date.now(), sleep: soon };
    const work = withLease(options(cluster, 'a', { clock }), async (signal) => {
      const lease = cluster.lease as KubeObject;
      await cluster.kube.replace({ ...lease, spec: { ...(lease.spec as object), holderIdentity: 'b' } });
      for (let turn = 0; turn < 20; turn += 1) await soon();
      signal.throwIfAborted();
    });
    await expect(work).rejects.toThrow('The lease work was taken over by b; run again when that has ended.');
    expect(cluster.holder()).toBe('b');
  });
});

function leaseOf(holderIdentity: string, renewTime: string): KubeObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'work' },
    spec: {
      holderIdentity,
      renewTime,
      acquireTime: '2026-11-24T10:00:00.000000Z',
      leaseDurationSeconds: 30,
      leaseTransitions: 3,
    },
  };
}
