/** ControllerRevisions: the templates a StatefulSet has had, so that a partition can still make pods of the old one. */
import type { KubeObject } from '../../ports.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import type { PodTemplate } from '../objects.ts';
import { hashOf } from './pod-template.ts';

/** The pod label that names the revision a pod was made of. */
export const revisionLabel = 'controller-revision-hash';

/** Makes sure that the template is kept, and names its revision. */
export function ensureRevision(cluster: Cluster, owner: KubeObject, template: PodTemplate, manager: string): string {
  const name = `${owner.metadata.name}-${hashOf(template)}`;
  const numbers = cluster.owned('ControllerRevision', owner).map((revision) => Number(revision.revision));
  const revision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, [revisionLabel]: name },
      ownerReferences: [controlledBy(owner)],
    },
    revision: 1 + Math.max(0, ...numbers),
  };
  const data = { spec: { template: structuredClone(template) } };
  cluster.create({ ...revision, ...({ data } as object) }, manager);
  return name;
}

/** The template of a revision, or undefined when it is no longer kept. */
export function templateOf(cluster: Cluster, owner: KubeObject, revision: string): PodTemplate | undefined {
  const kept = cluster.get('ControllerRevision', owner.metadata.namespace, revision);
  return (kept?.data as unknown as { spec?: { template?: PodTemplate } } | undefined)?.spec?.template;
}
