/** What the workload controllers share: hashing a template, making a pod of it, and telling when a pod is available. */
import { createHash, randomInt } from 'node:crypto';
import type { KubeObject, ObjectMeta } from '../../ports.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import { conditionOf, isLeaving, isReady, type Pod, type PodTemplate, podOf } from '../objects.ts';

/** The letters Kubernetes makes generated names of: no vowels, so no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five random letters for the end of a pod's name. */
export function nameSuffix(): string {
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A short hash of any JSON value that does not depend on the order of keys; stands for a template's revision. */
export function hashOf(value: unknown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest();
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(
      entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]),
    );
  }
  return value;
}

/** What differs between the pods of one owner. */
export interface PodIdentity {
  name: string;
  labels?: Record<string, string>;
  hostname?: string;
  subdomain?: string;
}

/**
 * Creates a pod of a template. A missing service account is refused as the ServiceAccount admission plugin of a real
 * API server does; the owner gets a FailedCreate Event, and nothing is created.
 */
export function createPod(
  cluster: Cluster,
  owner: KubeObject,
  template: PodTemplate,
  identity: PodIdentity,
  manager: string,
): void {
  const namespace = owner.metadata.namespace ?? 'default';
  const account = template.spec.serviceAccountName ?? 'default';
  if (cluster.get('ServiceAccount', namespace, account) === undefined) {
    const message = `Error creating: pods "${identity.name}" is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    cluster.report(owner, { type: 'Warning', reason: 'FailedCreate', message }, manager);
    return;
  }
  const { name, labels, ...place } = identity;
  const metadata: Partial<ObjectMeta> = {
    name,
    namespace,
    labels: { ...template.metadata?.labels, ...labels },
    ownerReferences: [controlledBy(owner)],
  };
  if (template.metadata?.annotations !== undefined) {
    metadata.annotations = template.metadata.annotations;
  }
  const spec = { ...structuredClone(template.spec), ...place, serviceAccountName: account };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: spec as unknown as NonNullable<KubeObject['spec']> };
  if (cluster.create({ ...object, status: { phase: 'Pending' } }, manager) !== undefined) {
    cluster.report(owner, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` }, manager);
  }
}

/** The pods of an owner. */
export function podsOf(cluster: Cluster, owner: KubeObject): { object: KubeObject; pod: Pod }[] {
  return cluster.owned('Pod', owner).map((object) => ({ object, pod: podOf(object) }));
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  if (!isReady(pod) || isLeaving(pod)) {
    return undefined;
  }
  const since = Date.parse(conditionOf(pod.status.conditions, 'Ready')?.lastTransitionTime ?? '');
  const wait = minReadySeconds * 1000 - (now.getTime() - (Number.isNaN(since) ? 0 : since));
  return minReadySeconds === 0 ? 0 : Math.max(wait, 0);
}

/** A counter as API types with `omitempty` show it. */
export function counter(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
