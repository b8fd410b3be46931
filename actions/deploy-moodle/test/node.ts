/** The controllers and nodes that a deployment meets, reduced to what a rollout shows: statuses, events, and no processes. */
import { systemClock } from '../../../rehearsal/kubernetes/node/clock.ts';
import { Cluster } from '../../../rehearsal/kubernetes/node/cluster.ts';
import { reconcileAutoscalers } from '../../../rehearsal/kubernetes/node/controllers/autoscaler.ts';
import { startControlLoop } from '../../../rehearsal/kubernetes/node/controllers/control-loop.ts';
import { reconcileScaledObjects } from '../../../rehearsal/kubernetes/node/controllers/keda.ts';
import type { KubeObject, ObjectRef } from '../../../rehearsal/kubernetes/ports.ts';
import type { ClusterStore } from '../../../rehearsal/kubernetes/store.ts';

const CONTROLLER = { manager: 'kube-controller-manager' };
const REVISION = 'deployment.kubernetes.io/revision';

/** What becomes of pods, by a word in the image's name; any other image becomes ready. */
const FATES: Readonly<Record<string, object>> = {
  crash: {
    ready: false,
    restartCount: 3,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
    lastState: { terminated: { exitCode: 78 } },
  },
  unnamed: {
    ready: false,
    restartCount: 0,
    state: { waiting: { reason: 'InvalidImageName', message: 'bad reference' } },
  },
  gone: {
    ready: false,
    restartCount: 0,
    state: { waiting: { reason: 'ErrImagePull', message: 'mhs.azurecr.io/gone: not found' } },
  },
  slow: { ready: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } },
};

/** A node that can be told to refuse load balancers. */
export interface FakeNode {
  /** The message of the event that comes instead of an address. */
  refuseLoadBalancer(message: string | undefined): void;
  stop(): void;
}

interface DeploymentSpec {
  replicas?: number;
  template: {
    metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
    spec: { containers: { name: string; image: string }[] };
  };
  selector: { matchLabels: Record<string, string> };
}

/** Starts it on a cluster's store. */
export function startNode(store: ClusterStore): FakeNode {
  let refusal: string | undefined;
  const cluster = new Cluster(store, systemClock);
  const stops = [
    startControlLoop(cluster, { keda: reconcileScaledObjects, autoscalers: reconcileAutoscalers }, () => {}),
    () => cluster.close(),
    store.watch('Deployment', ({ type, object }) => {
      if (type !== 'DELETED') setImmediate(() => roll(store, refOf(object)));
    }),
    store.watch('Service', ({ type, object }) => {
      if (type !== 'DELETED') setImmediate(() => balance(store, refOf(object), refusal));
    }),
  ];
  return {
    refuseLoadBalancer: (message) => {
      refusal = message;
    },
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

function refOf({ kind, metadata }: KubeObject): ObjectRef {
  return { kind, name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
}

/** Brings a Deployment to the status that its image leads to, with one pod of the new revision to look at. */
function roll(store: ClusterStore, ref: ObjectRef): void {
  const deployment = store.get(ref);
  const generation = deployment?.metadata.generation ?? 0;
  if (deployment === undefined || deployment.status?.observedGeneration === generation) return;
  const { replicas = 1, template, selector } = deployment.spec as unknown as DeploymentSpec;
  const container = template.spec.containers[0];
  const fate = Object.entries(FATES).find(([word]) => container?.image.includes(word))?.[1];
  const hash = `h${generation}`;
  const labels = { ...selector.matchLabels, 'pod-template-hash': hash };
  const namespace = ref.namespace ?? 'default';
  const { uid } = deployment.metadata;
  const revision = { [REVISION]: String(generation) };
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: ref.name, uid, controller: true }];
  const name = `${ref.name}-${hash}`;
  const set = { name, namespace, labels, annotations: revision, ownerReferences };
  const podLabels = { ...template.metadata.labels, 'pod-template-hash': hash };
  const pods = { metadata: { ...template.metadata, labels: podLabels }, spec: template.spec };
  const spec = { replicas, selector: { matchLabels: labels }, template: pods } as unknown as NonNullable<
    KubeObject['spec']
  >;
  store.create({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: set, spec }, CONTROLLER.manager);
  store.update(
    { kind: 'ReplicaSet', namespace, name },
    (draft) => {
      draft.status = { replicas, ...(fate === undefined ? { availableReplicas: replicas } : {}) };
    },
    { ...CONTROLLER, subresource: 'status' },
  );
  const containerStatuses = [{ name: container?.name ?? '', ready: true, restartCount: 0, ...fate }];
  store.create(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-x`, namespace, labels },
      spec: template.spec as unknown as NonNullable<KubeObject['spec']>,
      status: { phase: 'Running', containerStatuses } as unknown as NonNullable<KubeObject['status']>,
    },
    'kubelet',
  );
  store.update(
    ref,
    (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...revision };
    },
    CONTROLLER,
  );
  const counts = {
    replicas,
    updatedReplicas: replicas,
    ...(fate === undefined ? { availableReplicas: replicas } : {}),
  };
  store.update(
    ref,
    (draft) => {
      draft.status = { observedGeneration: generation, ...counts };
    },
    { ...CONTROLLER, subresource: 'status' },
  );
}

/** Gives a load balancer its address, or says in an event why it has none. */
function balance(store: ClusterStore, ref: ObjectRef, refusal: string | undefined): void {
  const service = store.get(ref);
  const address = service?.status?.loadBalancer as { ingress?: object[] } | undefined;
  if (service?.spec?.type !== 'LoadBalancer' || address?.ingress !== undefined) return;
  if (refusal === undefined) {
    const status = { loadBalancer: { ingress: [{ ip: '10.64.0.99' }] } };
    store.update(
      ref,
      (draft) => {
        draft.status = status;
      },
      { manager: 'cloud-controller-manager', subresource: 'status' },
    );
    return;
  }
  const namespace = ref.namespace ?? 'default';
  store.create(
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${ref.name}.1`, namespace },
      involvedObject: { kind: ref.kind, namespace, name: ref.name },
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message: refusal,
      count: 1,
      lastTimestamp: store.timestamp(),
    },
    'cloud-controller-manager',
  );
}
