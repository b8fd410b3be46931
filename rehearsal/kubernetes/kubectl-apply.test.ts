import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startCluster, type TestCluster } from './testing/cluster.ts';
import { configMap, deployment, documents, job, type Manifest, statefulSet } from './testing/manifests.ts';

// Each test runs kubectl several times, on machines that may be busy.
jest.setTimeout(30_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.close();
});

const apply = (stdin: string, ...args: string[]) =>
  cluster.kubectl(['apply', '--server-side', '-f', '-', ...args], { stdin });
const diff = (stdin: string, ...args: string[]) =>
  cluster.kubectl(['diff', '--server-side', '-f', '-', ...args], { stdin });
const live = (kind: string, name: string) => cluster.store.get({ kind, namespace: 'default', name });

const everything: Manifest[] = [
  configMap('all', { a: '1' }),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'all', namespace: 'default' }, stringData: { password: 'x' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'all', namespace: 'default' },
    spec: { type: 'LoadBalancer', selector: { app: 'all' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'all', namespace: 'default' },
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '0.5Ti' } } },
  },
  deployment(
    'all',
    {},
    {
      resources: { requests: { cpu: 0.5 }, limits: { cpu: '1000m', memory: '1024Mi' } },
      ports: [{ containerPort: 80 }],
      env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      readinessProbe: { httpGet: { port: 80 } },
    },
  ),
  statefulSet('all'),
  job('all'),
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'all', namespace: 'default' },
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] } } },
      },
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'all', namespace: 'default' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'all' } } },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'all', namespace: 'default' },
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'all' },
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'all', namespace: 'default' },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'all', namespace: 'default' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'all', namespace: 'default' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'all', namespace: 'default' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'all' },
    subjects: [{ kind: 'ServiceAccount', name: 'all', namespace: 'default' }],
  },
  {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name: 'all', namespace: 'default' },
    spec: { provider: 'azure', parameters: { keyvaultName: 'kv' } },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'all' },
    provisioner: 'file.csi.azure.com',
  },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'all' }, value: 1000 },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'all' } },
];

describe('every served kind that a person would apply', () => {
  test('is created, and applying it again changes nothing and shows no difference', async () => {
    const manifest = documents(...everything);
    const first = await apply(manifest);
    expect(first.stderr).toBe('');
    expect(first.stdout.trim().split('\n')).toHaveLength(everything.length);
    const { version } = cluster.store;
    const again = await apply(manifest);
    expect(again.stderr).toBe('');
    expect(cluster.store.changesSince(version)?.map(({ object }) => object)).toEqual([]);
    expect(await diff(manifest)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('needs no request but one PATCH an object once kubectl knows the server', async () => {
    cluster.requests.length = 0;
    await apply(documents(configMap('lean', { a: '1' })));
    const changes = cluster.requests.filter(({ url }) => !url.startsWith('/version') && !url.startsWith('/openapi'));
    expect(changes.map(({ method }) => method)).toEqual(['PATCH']);
  });
});

describe('fields of others', () => {
  test('a scaled Deployment conflicts with a manifest that sets replicas, and --force-conflicts takes it back', async () => {
    const manifest = documents(deployment('scaled'));
    await apply(manifest);
    await cluster.kubectl(['scale', 'deploy/scaled', '--replicas=5']);
    const refused = await apply(manifest);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps\/v1 at [\dT:Z-]+: \.spec\.replicas/,
    );
    expect((await apply(manifest, '--force-conflicts')).code).toBe(0);
    expect(live('Deployment', 'scaled')?.spec?.replicas).toBe(2);
    expect((await apply(manifest)).code).toBe(0);
  });

  test('conflicts with several managers are listed by manager', async () => {
    await apply(documents(configMap('fought', { a: '1', b: '1' })), '--field-manager=one');
    await apply(documents(configMap('fought', { c: '1' })), '--field-manager=two');
    const { stderr } = await apply(documents(configMap('fought', { a: '2', c: '2' })), '--field-manager=three');
    expect(stderr).toContain(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\nconflicts with "two":\n- .data.c',
    );
  });

  test('the same value is shared, and stays until the last of its owners leaves it out', async () => {
    await apply(documents(configMap('shared', { a: '1' })), '--field-manager=one');
    await apply(documents(configMap('shared', { a: '1', b: '1' })), '--field-manager=two');
    await apply(documents(configMap('shared', {})), '--field-manager=one');
    expect(live('ConfigMap', 'shared')?.data).toEqual({ a: '1', b: '1' });
    await apply(documents(configMap('shared', { b: '1' })), '--field-manager=two');
    expect(live('ConfigMap', 'shared')?.data).toEqual({ b: '1' });
  });

  test('managedFields are kept in the real form', async () => {
    await apply(documents(deployment('owned', {}, { ports: [{ containerPort: 80 }] })), '--field-manager=mine');
    const { stdout } = await cluster.kubectl(['get', 'deploy/owned', '-o', 'json', '--show-managed-fields']);
    const [entry] = JSON.parse(stdout).metadata.managedFields;
    expect(entry).toMatchObject({ manager: 'mine', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' });
    expect(entry.fieldsV1['f:spec']['f:template']['f:spec']['f:containers']).toEqual({
      'k:{"name":"web"}': {
        '.': {},
        'f:image': {},
        'f:name': {},
        'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
      },
    });
  });
});

describe('fields that are left out', () => {
  test('go, and defaults come back', async () => {
    await apply(
      documents(deployment('shrinking', { replicas: 4 }, { env: [{ name: 'A', value: '1' }], args: ['-x'] })),
    );
    const without: Manifest = deployment('shrinking');
    delete (without.spec as Manifest).replicas;
    await apply(documents(without));
    const spec = JSON.parse(JSON.stringify(live('Deployment', 'shrinking')?.spec));
    expect(spec.replicas).toBe(1);
    expect(spec.template.spec.containers[0].env).toBeUndefined();
    expect(spec.template.spec.containers[0].args).toBeUndefined();
  });

  test('an item of a keyed list goes without its neighbours', async () => {
    const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: '1' })) });
    await apply(documents(deployment('items', {}, env('A', 'B', 'C'))));
    await apply(documents(deployment('items', {}, env('A', 'C'))));
    const template = JSON.parse(JSON.stringify(live('Deployment', 'items')?.spec)).template;
    expect(template.spec.containers[0].env).toEqual([
      { name: 'A', value: '1' },
      { name: 'C', value: '1' },
    ]);
  });

  test('objects go with an applyset, and only those', async () => {
    const set = ['--prune', '--applyset=configmaps/the-set', '--namespace=default'];
    const env = { KUBECTL_APPLYSET: 'true' };
    const run = (manifest: string) =>
      cluster.kubectl(['apply', '--server-side', '-f', '-', ...set], { stdin: manifest, env });
    await apply(documents(configMap('bystander', { a: '1' })));
    const first = await run(documents(configMap('kept', { a: '1' }), configMap('pruned', { a: '1' })));
    expect(first.code).toBe(0);
    const second = await run(documents(configMap('kept', { a: '1' })));
    expect(second.stdout).toContain('configmap/pruned pruned');
    expect(live('ConfigMap', 'pruned')).toBeUndefined();
    expect(live('ConfigMap', 'kept')).toBeDefined();
    expect(live('ConfigMap', 'bystander')).toBeDefined();
  });
});

describe('without storing', () => {
  test('a dry run validates and changes nothing', async () => {
    const { version } = cluster.store;
    const fresh = await apply(documents(configMap('never', { a: '1' })), '--dry-run=server');
    expect(fresh.stdout).toBe('configmap/never serverside-applied (server dry run)\n');
    const wrong = await apply(documents(deployment('never', { replicas: -1 })), '--dry-run=server');
    expect(wrong.stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
    expect(cluster.store.version).toBe(version);
  });

  test('diff shows what would change, with the next generation, and exits 1', async () => {
    await apply(documents(deployment('diffed')));
    const { code, stdout } = await diff(documents(deployment('diffed', {}, { image: 'web:2' })));
    expect(code).toBe(1);
    const lines = stdout.split('\n').filter((line) => /^[-+] /.test(line));
    expect(lines).toEqual(['-  generation: 1', '+  generation: 2', '-      - image: web:1', '+      - image: web:2']);
  });

  test('diff of a new object shows it whole', async () => {
    const { code, stdout } = await diff(documents(configMap('new', { a: '1' })));
    expect(code).toBe(1);
    expect(stdout).toContain('+  name: new');
  });
});

describe('what a real server refuses', () => {
  const refusals: [string, Manifest, string][] = [
    [
      'an unknown field',
      deployment('wrong', { replica: 3 }),
      'failed to create typed patch object (default/wrong; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema',
    ],
    [
      'an unknown field in a list item',
      deployment('wrong', {}, { imagePolicy: 'Always' }),
      '.spec.template.spec.containers[name="web"].imagePolicy: field not declared in schema',
    ],
    [
      'a wrong type',
      deployment('wrong', { replicas: '3' }),
      '.spec.replicas: expected numeric (int or float), got string',
    ],
    [
      'an item that is there twice',
      deployment('wrong', {}, { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] }),
      '.ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
    ],
    [
      'a missing field',
      { ...deployment('wrong'), spec: { replicas: 1 } },
      'The Deployment "wrong" is invalid: \n* spec.selector: Required value\n* spec.template: Required value',
    ],
    [
      'a value outside an enumeration',
      deployment('wrong', {}, { imagePullPolicy: 'Sometimes' }),
      'Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      'a quantity that is none',
      deployment('wrong', {}, { resources: { limits: { memory: '1Gx' } } }),
      'quantities must match the regular expression',
    ],
    [
      'a selector that the pods do not match',
      deployment('wrong', { selector: { matchLabels: { app: 'other' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"wrong"}: `selector` does not match template `labels`',
    ],
    [
      'a mount of a volume that is not there',
      deployment('wrong', {}, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ],
    [
      'a request above its limit',
      deployment('wrong', {}, { resources: { requests: { cpu: '2' }, limits: { cpu: '1500m' } } }),
      'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1500m',
    ],
    [
      'data that is not base64',
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'wrong', namespace: 'default' },
        data: { a: 'not base64!' },
      },
      'illegal base64 data',
    ],
    [
      'a probe that probes nothing',
      deployment('wrong', {}, { livenessProbe: { periodSeconds: 5 } }),
      'spec.template.spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'a volume of two types',
      deployment('wrong', {
        template: {
          metadata: { labels: { app: 'wrong' } },
          spec: {
            containers: [{ name: 'web', image: 'web:1' }],
            volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }],
          },
        },
      }),
      'spec.template.spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a claim of nothing',
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'wrong', namespace: 'default' }, spec: {} },
      'spec.accessModes: Required value: at least 1 access mode is required',
    ],
    [
      'a Job that would restart for ever',
      job('wrong', {}),
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      'a name with capitals',
      configMap('Wrong_Name', {}),
      'metadata.name: Invalid value: "Wrong_Name": a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'a namespace that is not there',
      { ...configMap('wrong', {}), metadata: { name: 'wrong', namespace: 'nowhere' } },
      'namespaces "nowhere" not found',
    ],
  ];

  test.each(refusals)('%s', async (_what, manifest, message) => {
    const { code, stderr } = await apply(documents(manifest));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test('a change of what is immutable', async () => {
    await apply(documents(statefulSet('fixed'), deployment('fixed'), job('fixed')));
    const labels = { app: 'fixed', tier: 'x' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
    const changed = [
      statefulSet('fixed', { serviceName: 'other' }),
      deployment('fixed', { selector: { matchLabels: labels }, template }),
      job('fixed', { restartPolicy: 'OnFailure' }),
    ];
    const { stderr } = await apply(documents(...changed));
    expect(stderr).toContain(
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy'",
    );
    expect(stderr).toMatch(/Deployment.apps "fixed" is invalid: spec.selector: Invalid value: .*: field is immutable/);
    expect(stderr).toMatch(/Job.batch "fixed" is invalid: spec.template: Invalid value: .*: field is immutable/);
  });

  test('a Deployment that becomes Recreate with the defaults of RollingUpdate left in it', async () => {
    await apply(documents(deployment('recreated')));
    const { stderr } = await apply(documents(deployment('recreated', { strategy: { type: 'Recreate' } })));
    expect(stderr).toContain(
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    );
    const explicit = { strategy: { type: 'Recreate', rollingUpdate: null } };
    expect(await apply(documents(deployment('recreated', explicit)))).toMatchObject({ code: 0, stderr: '' });
  });

  test('a kubectl List is taken apart and its items are held to the same rules', async () => {
    const list = (item: Manifest) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] });
    expect((await apply(list(configMap('listed', { a: '1' })))).stdout).toBe('configmap/listed serverside-applied\n');
    expect((await apply(list(deployment('wrong', { replica: 1 })))).stderr).toContain(
      '.spec.replica: field not declared',
    );
  });

  test('a kind that is not served, by name', async () => {
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'i', namespace: 'default' },
    };
    const { code, stderr } = await apply(documents(ingress));
    expect(code).toBe(1);
    expect(stderr).toContain('no matches for kind "Ingress" in version "networking.k8s.io/v1"');
  });
});
