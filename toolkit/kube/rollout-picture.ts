/** What is known of a workload that rolls out: itself, its pods, and what is said about them, all kept current by watches. */
import type { Log } from '../log.ts';
import { isAbout, readEvent } from './events.ts';
import type { Kube, KubeEvent, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';
import type { Workload } from './rollout.ts';

const REVISION = 'deployment.kubernetes.io/revision';

/** The picture. It changes by itself until `stop` is aborted. */
export interface RolloutPicture {
  /** The workload as last seen; undefined when it does not exist. */
  workload(): KubeObject | undefined;
  /** Pods of the revision that is being rolled out; troubles of older ones are what is being mended. */
  newPods(): Promise<KubeObject[]>;
  /** What was said about an object, oldest first. */
  eventsOf(object: KubeObject): KubeEvent[];
  /** Resolves at the next change. */
  changed(): Promise<void>;
  /** Rejects when the workload cannot be watched any more. */
  failed: Promise<never>;
  /** Looks at the workload itself: a watch can fall silent without ending. */
  refresh(): Promise<void>;
}

/**
 * Begins to watch a workload, its pods and the namespace's events. Whoever may not watch the latter two is told what is
 * known without them.
 */
export function followRollout(workload: Workload, kube: Kube, log: Log, stop: AbortSignal): RolloutPicture {
  let current: KubeObject | undefined;
  const pods = new Map<string, KubeObject>();
  const events = new Map<string, KubeObject>();
  let wake = (): void => {};
  let podsFollowed = false;
  let revisionLabel: { of: string; label: Record<string, string> | undefined } | undefined;

  const see = (object: KubeObject | undefined): void => {
    current = object;
    const labels = object === undefined ? undefined : selectorOf(object);
    if (labels !== undefined && !podsFollowed) {
      podsFollowed = true;
      follow('pods', { kind: 'pods', labels }, pods, 'Pod');
    }
    wake();
  };
  const keep = (into: Map<string, KubeObject>, type: string, object: KubeObject): void => {
    if (type === 'DELETED') into.delete(object.metadata.name);
    else into.set(object.metadata.name, object);
    wake();
  };
  const follow = (
    what: string,
    selection: { kind: string; labels?: Record<string, string> },
    into: Map<string, KubeObject>,
    kind: string,
  ): void => {
    const watching = kube.watch(
      selection,
      ({ type, object }) => {
        if (object.kind === kind) keep(into, type, object);
        return false;
      },
      stop,
    );
    watching.catch((error: unknown) => {
      if (stop.aborted) return;
      const why = error instanceof KubeError ? error.message : String(error);
      log.warning(`The ${what} of the rollout cannot be watched, so a failure may be told without its cause: ${why}`);
    });
  };

  const failed = kube
    .watch(
      workload,
      ({ type, object }) => {
        see(type === 'DELETED' ? undefined : object);
        return false;
      },
      stop,
    )
    .then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  follow('events', { kind: 'events' }, events, 'Event');

  return {
    workload: () => current,
    async newPods() {
      if (current === undefined) return [];
      const of = revisionOf(current);
      if (revisionLabel?.of !== of || revisionLabel.label === undefined) {
        revisionLabel = { of, label: await labelOfRevision(kube, current) };
      }
      const label = Object.entries(revisionLabel.label ?? {})[0];
      if (label === undefined) return [];
      return [...pods.values()].filter(({ metadata }) => metadata.labels?.[label[0]] === label[1]);
    },
    eventsOf: (object) =>
      [...events.values()]
        .filter((event) => isAbout(event, object))
        .map(readEvent)
        .sort((a, b) => (a.lastSeen < b.lastSeen ? -1 : 1)),
    changed: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    failed,
    async refresh() {
      const fresh = await kube.get(workload);
      if (fresh !== undefined) see(fresh);
    },
  };
}

function selectorOf(workload: KubeObject): Record<string, string> {
  return (workload.spec as { selector?: { matchLabels?: Record<string, string> } }).selector?.matchLabels ?? {};
}

function revisionOf(workload: KubeObject): string {
  if (workload.kind === 'Deployment') return workload.metadata.annotations?.[REVISION] ?? '';
  return (workload.status as { updateRevision?: string } | undefined)?.updateRevision ?? '';
}

/** The label that tells the newest revision's pods: of a Deployment, through its ReplicaSet of the same revision number. */
async function labelOfRevision(kube: Kube, workload: KubeObject): Promise<Record<string, string> | undefined> {
  const revision = revisionOf(workload);
  if (revision === '') return undefined;
  if (workload.kind !== 'Deployment') return { 'controller-revision-hash': revision };
  const sets = await replicaSetsOf(kube, workload);
  const hash = sets.find((set) => revisionNumber(set) === Number(revision))?.metadata.labels?.['pod-template-hash'];
  return hash === undefined ? undefined : { 'pod-template-hash': hash };
}

/** The ReplicaSets that a Deployment owns. */
export async function replicaSetsOf(kube: Kube, deployment: KubeObject): Promise<KubeObject[]> {
  const sets = await kube.list({ kind: 'replicasets', labels: selectorOf(deployment) });
  return sets.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid));
}

/** The number under which a Deployment or ReplicaSet counts its revision; 0 for none. */
export function revisionNumber({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}
