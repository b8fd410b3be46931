/** What must hold for the manifests whoever edits them: each case is a fault that took a site down, or would. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { parseObjects } from '#toolkit/kube/kustomize';
import { startCluster } from '../../../rehearsal/kubernetes/testing/cluster.ts';
import { withInventory } from '../src/overlay-inventory.ts';
import type { KubernetesComponent } from '../src/requirements.ts';

jest.setTimeout(60_000);

const manifests = resolve(import.meta.dirname, '../../../manifests');
const build = (base: string): KubeObject[] =>
  parseObjects(execFileSync('kubectl', ['kustomize', resolve(manifests, base)], { encoding: 'utf8' }));

/** A base with components laid over it, as an overlay of somebody else's has them. */
function assemble(bases: readonly string[], components: readonly string[]): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'manifests-')));
  const part = (name: string) => relative(directory, resolve(manifests, name));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'moodle',
    resources: bases.map(part),
    components: components.map((name) => part(`components/${name}`)),
  };
  writeFileSync(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization));
  try {
    return execFileSync('kubectl', ['kustomize', directory], { encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Container {
  name: string;
  env?: { name: string; value?: string }[];
  securityContext?: object;
  livenessProbe?: { httpGet?: { path: string } };
  readinessProbe?: { httpGet?: { path: string; port: string } };
  resources?: { requests?: { memory?: string }; limits?: { cpu?: string; memory?: string } };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface PodSpec {
  containers: Container[];
  volumes?: { name: string }[];
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: object };
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  topologySpreadConstraints?: { topologyKey: string }[];
  priorityClassName?: string;
}

interface Workload {
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
}

const components = {
  services: parseObjects(assemble(['services'], ['read-replicas', 'pooler-metrics'])),
  web: parseObjects(assemble(['web'], ['autoscaling', 'headroom', 'monitoring', 'exam-mode'])),
  cron: build('cron'),
};
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

test.each(Object.entries(components))('nothing of %s is taken for an overlay’s', (component, objects) => {
  expect(withInventory(objects, component as KubernetesComponent, 'moodle')).toEqual(objects);
});

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

  test('have a priority that exists', () => {
    const classes = components.services.filter(({ kind }) => kind === 'PriorityClass');
    expect(classes.map(({ metadata }) => metadata.name)).toContain(pod.priorityClassName);
  });

  test('mount every volume that they name, and only those', () => {
    const mounted = pod.containers.flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name));
    expect([...new Set(mounted)].sort()).toEqual((pod.volumes ?? []).map(({ name }) => name).sort());
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
  expect(budgets).toHaveLength(3);
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
  expect(policies.find(({ metadata }) => metadata.name === 'default-deny')?.spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  const egress = JSON.stringify(policies.find(({ metadata }) => metadata.name === 'moodle')?.spec);
  expect(egress).toContain('"except":["169.254.169.254/32","168.63.129.16/32"]');
});

test('what people wait for is never short of the memory that it may use', () => {
  for (const name of ['moodle-web', 'pgbouncer', 'pgbouncer-replica']) {
    for (const { resources } of byName(name).template.spec.containers) {
      expect(resources?.requests?.memory).toBe(resources?.limits?.memory);
    }
  }
});

test('pods that keep room are as large as web pods, run their image, and go before any other', () => {
  const [headroom, web] = ['moodle-headroom', 'moodle-web'].map((name) => byName(name).template.spec.containers[0]);
  expect(headroom?.resources).toEqual(web?.resources);
  expect(JSON.stringify(headroom)).toContain('"image":"moodle"');
  const values = components.services
    .filter(({ kind }) => kind === 'PriorityClass')
    .map(({ metadata, value }) => [metadata.name, Number(value)] as const);
  const lowest = [...values].sort(([, a], [, b]) => a - b)[0];
  // Below -10 the cluster autoscaler would add no node for them.
  expect(lowest).toEqual(['moodle-headroom', -10]);
});

test('an autoscaled Deployment says no number, and no second autoscaler is there', () => {
  expect(
    components.web.find(({ metadata, kind }) => kind === 'Deployment' && metadata.name === 'moodle-web')?.spec,
  ).not.toHaveProperty('replicas');
  expect(all.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
});

test('what Prometheus reads is a port of the pods, and the agent may reach it', () => {
  const monitor = components.web.find(({ kind }) => kind === 'PodMonitor')?.spec as {
    selector: { matchLabels: Record<string, string> };
    podMetricsEndpoints: { port: string }[];
  };
  const web = byName('moodle-web').template;
  expect(web.metadata.labels).toMatchObject(monitor.selector.matchLabels);
  const ports = (web.spec.containers[0] as unknown as { ports: { name: string }[] }).ports.map(({ name }) => name);
  expect(ports).toContain(monitor.podMetricsEndpoints[0]?.port);
  const policy = components.services.find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'moodle-web',
  );
  expect(JSON.stringify(policy)).toContain('kube-system');
});

describe('each part by itself', () => {
  const bases = ['namespace', 'configuration', 'storage', 'network-policy', 'load-balancer', 'pgbouncer'];

  test.each([...bases, 'pgbouncer-replica', 'services', 'web', 'cron', '.'])('%s builds', (base) => {
    expect(build(base).length).toBeGreaterThan(0);
  });

  test('all of it, with every component, is what an API server takes, and takes again without a change', async () => {
    const cluster = await startCluster();
    try {
      const text = assemble(
        ['.'],
        ['read-replicas', 'pooler-metrics', 'autoscaling', 'headroom', 'monitoring', 'exam-mode'],
      );
      const apply = (...more: string[]) =>
        cluster.kubectl(['apply', '--server-side', '-f', '-', ...more], { stdin: text });
      const namespace = build('namespace')
        .map((object) => JSON.stringify(object))
        .join('\n');
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], { stdin: namespace });
      const tried = await apply('--dry-run=server');
      expect(tried).toMatchObject({ code: 0, stderr: '' });
      expect(await apply()).toMatchObject({ code: 0, stderr: '' });
      const { version } = cluster.store;
      expect(await apply()).toMatchObject({ code: 0, stderr: '' });
      expect(cluster.store.version).toBe(version);
    } finally {
      await cluster.close();
    }
  });
});
