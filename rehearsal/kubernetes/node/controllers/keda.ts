/**
 * KEDA's operator, as far as this pipeline meets it: a ScaledObject becomes the HorizontalPodAutoscaler `keda-hpa-NAME`,
 * which carries the ScaledObject's labels, and a label and a finalizer of KEDA's own appear on the ScaledObject. Of the triggers
 * only the clock's is evaluated, by the autoscaler. After pkg/controller of kedacore/keda.
 */
import type { KubeObject } from '../../ports.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import { type Trigger, unknownMoments } from './cron-trigger.ts';

const manager = 'keda';
const nameLabel = 'scaledobject.keda.sh/name';
const finalizer = 'finalizer.keda.sh';

interface Spec {
  scaleTargetRef: { apiVersion?: string; kind?: string; name: string };
  minReplicaCount?: number;
  maxReplicaCount?: number;
  advanced?: { horizontalPodAutoscalerConfig?: { behavior?: object } };
  triggers: Trigger[];
}

/** Reconciles every ScaledObject. */
export function reconcileScaledObjects(cluster: Cluster): undefined {
  for (const scaled of cluster.list('ScaledObject')) {
    if (scaled.metadata.deletionTimestamp === undefined) {
      reconcile(cluster, scaled);
    } else {
      leave(cluster, scaled);
    }
  }
}

function reconcile(cluster: Cluster, scaled: KubeObject): void {
  const { name, namespace } = scaled.metadata;
  const spec = scaled.spec as unknown as Spec;
  if (scaled.metadata.labels?.[nameLabel] !== name || finalizersOf(scaled).length === 0) {
    cluster.change(
      scaled,
      (draft) => {
        draft.metadata.labels = { ...draft.metadata.labels, [nameLabel]: name };
        Object.assign(draft.metadata, { finalizers: [finalizer] });
      },
      manager,
    );
    return;
  }
  const { apiVersion = 'apps/v1', kind = 'Deployment', name: target } = spec.scaleTargetRef;
  const deployment = cluster.get(kind, namespace, target);
  const wrong = unknownMoments(spec.triggers);
  if (deployment === undefined || wrong !== undefined) {
    const message = wrong ?? "ScaledObject doesn't have correct scaleTargetRef specification";
    cluster.setStatus(scaled, { conditions: conditions(false, 'ScaledObjectCheckFailed', message) }, manager);
    return;
  }
  const wanted = {
    scaleTargetRef: { apiVersion, kind, name: target },
    minReplicas: Math.max(1, spec.minReplicaCount ?? 1),
    maxReplicas: spec.maxReplicaCount ?? 100,
    metrics: spec.triggers.map((trigger, index) => metricOf(trigger, index, name)),
    behavior: spec.advanced?.horizontalPodAutoscalerConfig?.behavior ?? {},
  } as unknown as NonNullable<KubeObject['spec']>;
  const hpaName = `keda-hpa-${name}`;
  const live = cluster.get('HorizontalPodAutoscaler', namespace, hpaName);
  const labels = {
    'app.kubernetes.io/managed-by': 'keda-operator',
    'app.kubernetes.io/name': hpaName,
    [nameLabel]: name,
    ...scaled.metadata.labels,
  };
  if (live === undefined) {
    cluster.create(
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: hpaName, namespace: namespace ?? 'default', labels, ownerReferences: [controlledBy(scaled)] },
        spec: structuredClone(wanted),
      },
      manager,
    );
  } else {
    cluster.change(
      live,
      (draft) => {
        draft.metadata.labels = labels;
        draft.spec = structuredClone(wanted);
      },
      manager,
    );
  }
  const message = 'ScaledObject is defined correctly and is ready for scaling';
  cluster.setStatus(
    scaled,
    {
      conditions: conditions(true, 'ScaledObjectReady', message),
      hpaName,
      originalReplicaCount: scaled.status?.originalReplicaCount ?? deployment.spec?.replicas ?? 1,
      scaleTargetKind: `${apiVersion}.${kind}`,
    },
    manager,
  );
}

function metricOf({ type, metricType, metadata }: Trigger, index: number, name: string): object {
  if (type === 'cpu' || type === 'memory') {
    const target = { type: metricType ?? 'Utilization', averageUtilization: Number(metadata.value) };
    return { type: 'Resource', resource: { name: type, target } };
  }
  const value = metadata.threshold ?? metadata.desiredReplicas ?? '1';
  return {
    type: 'External',
    external: {
      metric: { name: `s${index}-${type}`, selector: { matchLabels: { [nameLabel]: name } } },
      target: { type: 'AverageValue', averageValue: type === 'cron' ? '1' : value },
    },
  };
}

function conditions(ready: boolean, reason: string, message: string): object[] {
  return [{ type: 'Ready', status: ready ? 'True' : 'False', reason, message }];
}

/** The HorizontalPodAutoscaler goes with its owner; the number of pods stays as it is. */
function leave(cluster: Cluster, scaled: KubeObject): void {
  if (finalizersOf(scaled).length === 0) {
    return;
  }
  cluster.change(
    scaled,
    (draft) => {
      Object.assign(draft.metadata, { finalizers: [] });
    },
    manager,
  );
}

function finalizersOf({ metadata }: KubeObject): readonly string[] {
  return (metadata as { finalizers?: string[] }).finalizers ?? [];
}
