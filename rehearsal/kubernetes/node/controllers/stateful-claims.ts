/** The volumes of a StatefulSet's pods: a claim for each template and ordinal, which outlives the pod. */
import type { KubeObject } from '../../ports.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import type { PodTemplate, StatefulSetSpec } from '../objects.ts';

/** Creates the claims that a pod needs and that are not there yet. */
export function ensureClaims(
  cluster: Cluster,
  set: KubeObject,
  spec: StatefulSetSpec,
  pod: string,
  manager: string,
): void {
  const dies = spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  for (const template of spec.volumeClaimTemplates ?? []) {
    cluster.create(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          ...template.metadata,
          name: `${template.metadata.name}-${pod}`,
          namespace: set.metadata.namespace ?? 'default',
          labels: { ...template.metadata.labels, ...spec.selector.matchLabels },
          ...(dies ? { ownerReferences: [controlledBy(set)] } : {}),
        },
        ...(template.spec === undefined ? {} : { spec: structuredClone(template.spec) }),
        status: { phase: 'Pending' },
      },
      manager,
    );
  }
}

/** The template with the pod's own claims in place of volumes of the same names. */
export function withClaims(template: PodTemplate, spec: StatefulSetSpec, pod: string): PodTemplate {
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: String(metadata.name),
    persistentVolumeClaim: { claimName: `${metadata.name}-${pod}` },
  }));
  const names = new Set(claims.map((claim) => claim.name));
  const others = (template.spec.volumes ?? []).filter((volume) => !names.has(volume.name));
  const volumes = [...claims, ...others];
  return volumes.length === 0 ? template : { ...template, spec: { ...template.spec, volumes } };
}
