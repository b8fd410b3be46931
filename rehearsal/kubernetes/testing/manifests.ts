/** Manifests that tests apply. */

import { stringify } from 'yaml';

/** A configuration, as a client sends it. */
export type Manifest = Record<string, unknown>;

/** A ConfigMap in `default`. */
export function configMap(name: string, data: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

/** A Deployment in `default` with one container. */
export function deployment(name: string, spec: Manifest = {}, container: Manifest = {}): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'web:1', ...container }] },
      },
      ...spec,
    },
  };
}

/** A StatefulSet in `default` with one volume claim. */
export function statefulSet(name: string, spec: Manifest = {}): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: {
      serviceName: name,
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'redis', image: 'redis:7', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
        },
      ],
      ...spec,
    },
  };
}

/** A Job in `default`. */
export function job(name: string, podSpec: Manifest = { restartPolicy: 'Never' }): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { template: { spec: { ...podSpec, containers: [{ name: 'main', image: 'job:1' }] } } },
  };
}

/** A Pod in `default`. */
export function pod(name: string, labels: Record<string, string> = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { nodeName: 'node-0', containers: [{ name: 'main', image: 'main:1' }] },
  };
}

/** Manifests as one stream of YAML documents. */
export function documents(...items: Manifest[]): string {
  return items.map((item) => stringify(item)).join('---\n');
}
