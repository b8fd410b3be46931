/** What must hold for the manifests whoever edits them: each case is a fault that took a site down, or would. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { parseObjects } from '#toolkit/kube/kustomize';

const manifests = resolve(import.meta.dirname, '../../../manifests');
const build = (base: string): KubeObject[] =>
  parseObjects(execFileSync('kubectl', ['kustomize', resolve(manifests, base)], { encoding: 'utf8' }));

interface Container {
  name: string;
  env?: { name: string; value?: string }[];
  securityContext?: object;
  livenessProbe?: { httpGet?: { path: string } };
  readinessProbe?: { httpGet?: { path: string; port: string } };
  resources?: { requests?: { memory?: string }; limits?: { cpu?: string } };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface PodSpec {
  containers: Container[];
  volumes: { name: string }[];
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: object };
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  topologySpreadConstraints?: { topologyKey: string }[];
}

interface Workload {
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
}

const components = { services: build('services'), web: build('web'), cron: build('cron') };
const all = Object.values(components).flat();
const workloads = all
  .filter(({ kind }) => kind === 'Deployment')
  .map(({ metadata, spec }) => ({ name: metadata.name, spec: spec as Workload }));
const byName = (name: string): Workload => {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return found.spec;
};

test('no two objects of different components share a name', () => {
  const names = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test.each(Object.entries(components))(
  'every object of %s carries the labels by which it is pruned',
  (component, objects) => {
    for (const { kind, metadata } of objects.filter((object) => object.kind !== 'Namespace')) {
      const labels = metadata.labels ?? {};
      const found = [labels['app.kubernetes.io/managed-by'], labels['app.kubernetes.io/component']];
      expect({ kind, found }).toEqual({ kind, found: ['moodle-high-scale', component] });
    }
  },
);

describe.each(workloads)('the pods of $name', ({ spec }) => {
  const pod = spec.template.spec;

  test('meet the restricted pod security standard', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.securityContext?.runAsUser).toBeGreaterThan(0);
    for (const container of pod.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  test('get no token for the Kubernetes API and no variables of Services', () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  test('are selected by their own labels', () => {
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  test('spread over zones', () => {
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toContain(
      'topology.kubernetes.io/zone',
    );
  });

  test('ask for memory and are not throttled', () => {
    for (const { resources } of pod.containers) {
      expect(resources?.requests?.memory).toBeDefined();
      expect(resources?.limits?.cpu).toBeUndefined();
    }
  });

  test('mount every volume that they name, and only those', () => {
    const mounted = pod.containers.flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name));
    expect(mounted.sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
  });
});

describe('the services that lead to pods', () => {
  const services = all.filter(({ kind }) => kind === 'Service');

  test('each selects exactly one workload', () => {
    for (const { metadata, spec } of services) {
      const { selector } = spec as { selector: Record<string, string> };
      const selected = workloads.filter(({ spec: workload }) =>
        Object.entries(selector).every(([key, value]) => workload.template.metadata.labels[key] === value),
      );
      expect([metadata.name, selected.map(({ name }) => name)]).toEqual([
        metadata.name,
        [metadata.name === 'moodle-svc' ? 'moodle-web' : metadata.name],
      ]);
    }
  });

  test('none pins a client to one pod', () => {
    expect(JSON.stringify(services)).not.toContain('sessionAffinity');
  });

  test('the load balancer is internal, with a Private Link Service of eight addresses', () => {
    const annotations = services.find(({ metadata }) => metadata.name === 'moodle-svc')?.metadata.annotations;
    expect(annotations).toMatchObject({
      'service.beta.kubernetes.io/azure-load-balancer-internal': 'true',
      'service.beta.kubernetes.io/azure-pls-create': 'true',
      'service.beta.kubernetes.io/azure-pls-name': 'moodle-svc-pls',
      'service.beta.kubernetes.io/azure-pls-ip-configuration-ip-address-count': '8',
    });
  });
});

test('web is alive without anything else, and ready by PHP-FPM', () => {
  const [web] = byName('moodle-web').template.spec.containers;
  expect(web?.livenessProbe?.httpGet?.path).toBe('/healthz');
  expect(web?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'health' });
});

test('cron uses the session pool, web the transaction pool', () => {
  const cron = byName('moodle-cron').template.spec.containers[0]?.env;
  expect(cron).toContainEqual({ name: 'MOODLE_DB_NAME', value: 'moodle_session' });
  expect(byName('moodle-web').template.spec.containers[0]?.env?.map(({ name }) => name)).not.toContain(
    'MOODLE_DB_NAME',
  );
  const config = components.services.find(({ kind }) => kind === 'ConfigMap');
  expect(config?.data?.MOODLE_DB_NAME).toBe('moodle');
});

test('what may be disrupted never blocks a node from being emptied, not even with one replica', () => {
  const budgets = all
    .filter(({ kind }) => kind === 'PodDisruptionBudget')
    .map(({ spec }) => Object.keys(spec as object));
  for (const fields of budgets) expect(fields).toContain('maxUnavailable');
  expect(budgets).toHaveLength(2);
});

test('the volume is kept for its claim without a claimRef, which the cluster itself fills in', () => {
  const [volume, claim] = ['PersistentVolume', 'PersistentVolumeClaim'].map((kind) =>
    components.services.find((object) => object.kind === kind),
  );
  expect(volume?.spec).toMatchObject({ storageClassName: 'moodle-data', persistentVolumeReclaimPolicy: 'Retain' });
  expect(claim?.spec).toMatchObject({ storageClassName: 'moodle-data', volumeName: volume?.metadata.name });
  expect(volume?.spec).not.toHaveProperty('claimRef');
});

test('no secret is in a manifest, and none is a Kubernetes Secret', () => {
  expect(all.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  expect(JSON.stringify(all)).not.toMatch(/secretKeyRef|sharedAccess|AccountKey/i);
});

test('nothing may connect unless a policy says so, and nothing may ask the metadata service', () => {
  const policies = components.services.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.find(({ metadata }) => metadata.name === 'deny-ingress')?.spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress'],
  });
  const egress = JSON.stringify(policies.find(({ metadata }) => metadata.name === 'moodle')?.spec);
  expect(egress).toContain('"except":["169.254.169.254/32","168.63.129.16/32"]');
});
