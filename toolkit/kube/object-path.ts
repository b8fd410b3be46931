import type { KubeObject } from './kube.ts';

/**
 * The path of a namespaced object in the API: `/apis/batch/v1/namespaces/moodle/jobs/x`. The plural is the kind with an
 * `s`, which holds for the kinds that are addressed by a path here.
 */
export function objectPath({ apiVersion, kind, metadata }: KubeObject, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/namespaces/${metadata.namespace ?? namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}
