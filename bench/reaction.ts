/**
 * From "ready" in the cluster to the next step: what a pipeline loses at every wait. A Deployment becomes ready at a moment
 * that is known; what is measured is how much later the waiting ends.
 *
 * - `reaction/rollout-status`: ours, which watches, against `kubectl rollout status`, which watches too;
 * - `reaction/poll`: ours against a script that asks every five seconds. The moments are spread evenly over the five seconds.
 */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubectl } from '#toolkit/kube/kubectl';
import { waitForRollout } from '#toolkit/kube/rollout';
import { systemClock } from '#toolkit/process/clock';
import { createExec } from '#toolkit/process/exec';
import { createSecrets } from '#toolkit/secrets';
import { startCluster, type TestCluster } from '../rehearsal/kubernetes/testing/cluster.ts';
import { inTurns, type Result } from './harness.ts';
import { untilEnd } from './process-times.ts';
import { silentLog } from './silent-log.ts';

const RUNS = 9;
const POLL_RUNS = 5;
const POLL_MILLISECONDS = 5000;
/** Enough for every kind of waiting to have begun. */
const HEAD_START_MILLISECONDS = 1500;

export async function* bench(): AsyncGenerator<Result> {
  const cluster = await startCluster();
  const site = new Site(cluster);
  try {
    const ours = (): Promise<number> => site.reaction(() => site.watch());
    yield await inTurns({
      bench: 'reaction/rollout-status',
      size: 1,
      unit: 'ms',
      runs: RUNS,
      warmUp: 1,
      ours,
      baseline: () => site.reaction(() => untilEnd('kubectl', site.kubectl('rollout', 'status', 'deployment/web'))),
    });
    yield await inTurns({
      bench: 'reaction/poll',
      size: 1,
      unit: 'ms',
      runs: POLL_RUNS,
      ours,
      baseline: (run) => site.reaction(() => site.poll(), ((run + 0.5) / POLL_RUNS) * POLL_MILLISECONDS),
    });
  } finally {
    await cluster.close();
  }
}

const NAMESPACE = 'default';
const WEB = { kind: 'Deployment', namespace: NAMESPACE, name: 'web' };
const LABELS = { app: 'web' };

/** A Deployment whose readiness is set by hand. */
class Site {
  private readonly cluster: TestCluster;
  private readonly kubeconfig: string;

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
    this.kubeconfig = join(cluster.directory, 'kubeconfig');
    if (cluster.store.get({ kind: 'Namespace', name: NAMESPACE }) === undefined)
      cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, 'bench');
    cluster.store.create(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: WEB.name, namespace: NAMESPACE },
        spec: {
          replicas: 3,
          selector: { matchLabels: LABELS },
          template: { metadata: { labels: LABELS }, spec: { containers: [{ name: 'web', image: 'web' }] } },
        },
      },
      'bench',
    );
  }

  kubectl(...words: string[]): string[] {
    const { directory } = this.cluster;
    return [
      '--kubeconfig',
      this.kubeconfig,
      '--cache-dir',
      join(directory, 'cache'),
      '--namespace',
      NAMESPACE,
      ...words,
    ];
  }

  /** Milliseconds from "ready" to the end of the waiting. */
  async reaction(wait: () => Promise<unknown>, later = 0): Promise<number> {
    this.setReady(2);
    const waiting = wait();
    await delay(HEAD_START_MILLISECONDS + later);
    this.setReady(3);
    const ready = performance.now();
    await waiting;
    return performance.now() - ready;
  }

  private setReady(count: number): void {
    this.cluster.store.update(
      WEB,
      (draft) => {
        const observedGeneration = draft.metadata.generation ?? 1;
        draft.status = {
          observedGeneration,
          replicas: 3,
          updatedReplicas: 3,
          availableReplicas: count,
          readyReplicas: count,
        };
      },
      { manager: 'bench', subresource: 'status' },
    );
  }

  /** As the actions wait. */
  watch(): Promise<void> {
    const secrets = createSecrets(() => {});
    const { signal } = new AbortController();
    const kube = createKubectl({
      kubeconfig: this.kubeconfig,
      cacheDirectory: join(this.cluster.directory, 'cache'),
      namespace: NAMESPACE,
      exec: createExec(secrets, signal),
      execUntil: (until) => createExec(secrets, until),
      log: silentLog,
      clock: systemClock,
      signal,
      environment: process.env,
    });
    const bounds = { kube, log: silentLog, clock: systemClock, signal, timeoutMilliseconds: 60_000 };
    return waitForRollout({ kind: 'Deployment', name: WEB.name }, bounds);
  }

  /** As a script waits. */
  async poll(): Promise<void> {
    const path = 'jsonpath={.status.availableReplicas}';
    for (;;) {
      const run = await this.cluster.kubectl(this.kubectl('get', 'deployment/web', '--output', path).slice(4));
      if (run.stdout === '3') return;
      await delay(POLL_MILLISECONDS);
    }
  }
}
