/** How objects are named: for people, and for telling them apart. Pure. */
import type { KubeObject } from './kube.ts';

/** `Deployment/moodle-web`. */
export function targetOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

/**
 * What tells an object from all others of a cluster; the API group tells kinds of the same name apart.
 *
 * @param home the namespace of those that say none
 */
export function nameOf({ apiVersion, kind, metadata }: KubeObject, home: string): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return [group, kind, metadata.namespace ?? home, metadata.name].join('/');
}

/** The kind as kubectl takes it without a doubt: `Gateway.v1.gateway.networking.k8s.io`, of which there are others. */
export function kindOf({ apiVersion, kind }: KubeObject): string {
  const [group, version] = apiVersion.split('/');
  return version === undefined ? kind : `${kind}.${version}.${group}`;
}
