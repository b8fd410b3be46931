/** The number of pods: more before slots move to them, fewer after nothing is left on those that go. */
import { applyOne } from '#toolkit/kube/apply-objects';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { OWNERSHIP } from './manifests.ts';

/**
 * Sets the replicas of the StatefulSet.
 *
 * @param target the StatefulSet as the manifests have it; without manifests its number of replicas is all that is touched
 */
export async function scale(kube: Kube, name: string, replicas: number, target?: KubeObject): Promise<void> {
  if (target !== undefined) {
    const object = { ...target, spec: { ...(target.spec as object), replicas } };
    await applyOne(kube, object, { ...OWNERSHIP, dryRun: false }, []);
    return;
  }
  const metadata = { name, namespace: kube.namespace };
  // Whoever made the StatefulSet owns the field: asking for `nodes` is asking for it to be taken over.
  await kube.apply({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { replicas } }, { force: true });
}
