/** What a component's pods are compared with before their manifests are: read once, in one call. */
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { once } from '#toolkit/process/once';
import type { KubernetesComponent } from './requirements.ts';

/** What the cluster has; each is undefined when it has none. */
export interface Live {
  configuration: KubeObject | undefined;
  deployment: KubeObject | undefined;
}

/** Reads it when it is first asked for. Without a cluster there is nothing. */
export function liveOf(kube: Kube | undefined, component: KubernetesComponent): () => Promise<Live> {
  return once(() => read(kube, `moodle-${component}`));
}

async function read(kube: Kube | undefined, name: string): Promise<Live> {
  const wanted = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'moodle-config' } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
  ];
  const found = kube === undefined ? [] : await kube.getAll(wanted);
  const ofKind = (wanted: string): KubeObject | undefined => found.find(({ kind }) => kind === wanted);
  return { configuration: ofKind('ConfigMap'), deployment: ofKind('Deployment') };
}
