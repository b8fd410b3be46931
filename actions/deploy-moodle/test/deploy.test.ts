/** The committed bundle as a process, with the real kubectl against the stand-in's API server. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { tokenKubeconfig } from '../../../rehearsal/kubernetes/kubeconfig.ts';
import { startCluster, type TestCluster } from '../../../rehearsal/kubernetes/testing/cluster.ts';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';
import { COMMIT } from '../src/revisions.ts';
import { CONFIG_CHECKSUM } from '../src/wanted.ts';
import { digest, podInputs, servicesInputs } from './inputs.ts';
import { type FakeNode, startNode } from './node.ts';

jest.setTimeout(60_000);

const manifests = resolve(import.meta.dirname, '../../../manifests');

let cluster: TestCluster;
let node: FakeNode;

beforeEach(async () => {
  cluster = await startCluster();
  node = startNode(cluster.store);
});
afterEach(async () => {
  node.stop();
  await cluster.close();
});

function run(inputs: Record<string, string>, more: Partial<ActionRun> = {}): Promise<ActionEnd> {
  const kubeconfig = join(cluster.directory, 'kubeconfig');
  const given = { mode: 'apply', manifests, kubeconfig, 'rollout-timeout': '30s', ...inputs };
  return runAction({ action: 'actions/deploy-moodle', ...more, inputs: given });
}

const steps = (end: ActionEnd) =>
  JSON.parse(end.outputs.steps ?? '[]') as { action: string; target: string; reason?: string }[];
const object = (kind: string, name: string) => cluster.store.get({ kind, namespace: 'moodle', name });
/** Requests that stored something. */
const writes = () => cluster.requests.filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun=All'));

/** What `services` leaves behind, as far as pods need it, made without running it. */
function withConfiguration(data: Record<string, string> = { MOODLE_TIMEZONE: 'UTC' }): void {
  const { store } = cluster;
  const metadata = { name: 'moodle-config', namespace: 'moodle' };
  if (store.get({ kind: 'Namespace', name: 'moodle' }) === undefined) {
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } }, 'test');
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, 'test');
  }
  store.update(
    { kind: 'ConfigMap', ...metadata },
    (draft) => {
      draft.data = data;
    },
    { manager: 'test' },
  );
}

describe('services', () => {
  test('a plan on a cluster without the namespace shows every object and stores nothing', async () => {
    const end = await run({ ...servicesInputs, mode: 'plan' });
    expect(end.errors).toEqual([]);
    expect(end.outputs.outcome).toBe('planned');
    expect(steps(end)).toHaveLength(18);
    expect(steps(end)[0]).toMatchObject({ target: 'Namespace/moodle', reason: 'the namespace does not exist yet' });
    expect(writes()).toEqual([]);
  });

  test('apply makes them, waits for PgBouncer and the load balancer, and again is unchanged', async () => {
    const end = await run(servicesInputs);
    expect(end.errors).toEqual([]);
    expect(end.outputs).toMatchObject({
      outcome: 'applied',
      'load-balancer-ip': '10.64.0.99',
      'private-link-service-name': 'moodle-svc-pls',
      'private-link-service-id': expect.stringContaining('/mhs-test-nodes/providers/Microsoft.Network/'),
    });
    expect(end.log).toContain('Deployment/pgbouncer: 3 of 3 updated, 3 ready');
    expect(end.summary).toContain('Applied and verified');
    expect(object('ConfigMap', 'moodle-config')?.data?.MOODLE_WWWROOT).toBe('https://moodle.example.edu');
    const before = writes().length;
    const again = await run(servicesInputs);
    expect(again.errors).toEqual([]);
    expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]', 'load-balancer-ip': '10.64.0.99' });
    expect(writes()).toHaveLength(before);
  });

  test('a changed input is shown field by field, and only that object is applied', async () => {
    await run(servicesInputs);
    const change = { ...servicesInputs, 'host-name': 'learn.example.edu' };
    const plan = await run({ ...change, mode: 'plan' });
    expect(steps(plan)).toEqual([
      {
        action: 'update',
        target: 'ConfigMap/moodle-config',
        reason: '.data.MOODLE_WWWROOT: https://moodle.example.edu → https://learn.example.edu',
      },
    ]);
    expect(object('ConfigMap', 'moodle-config')?.data?.MOODLE_WWWROOT).toBe('https://moodle.example.edu');
    const before = writes().length;
    expect((await run(change)).outputs.outcome).toBe('applied');
    expect(writes()).toHaveLength(before + 1);
  });

  test('what was ours and is no longer in the manifests is deleted; what is not ours stays', async () => {
    await run(servicesInputs);
    const labels = { 'app.kubernetes.io/managed-by': 'moodle-high-scale', 'app.kubernetes.io/component': 'services' };
    const metadata = { namespace: 'moodle', labels };
    const make = (name: string, own: object) =>
      cluster.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name, ...own } }, 'test');
    make('left-over', {});
    make('of-web', { labels: { ...labels, 'app.kubernetes.io/component': 'web' } });
    make('of-somebody', { labels: {} });
    const plan = await run({ ...servicesInputs, mode: 'plan' });
    expect(steps(plan)).toEqual([
      { action: 'delete', target: 'ConfigMap/left-over', reason: 'no longer in the manifests' },
    ]);
    expect(object('ConfigMap', 'left-over')).toBeDefined();
    expect((await run(servicesInputs)).outputs.outcome).toBe('applied');
    expect(['left-over', 'of-web', 'of-somebody'].map((name) => object('ConfigMap', name) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('a load balancer that does not come is explained by the Service’s own events', async () => {
    node.refuseLoadBalancer('privateLinkServices/write: AuthorizationFailed');
    const end = await run({ ...servicesInputs, 'rollout-timeout': '4s' });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(
      /^Waited \d+ s for the load balancer of Service\/moodle-svc .* SyncLoadBalancerFailed: privateLinkServices\/write: AuthorizationFailed/,
    );
  });

  test('killed half-way and run again, it converges', async () => {
    const killed = await run(servicesInputs, {
      onOutput: (child, output) => {
        if (output.includes('applied ConfigMap/moodle-config')) child.kill('SIGKILL');
      },
    });
    expect(killed.exitCode).toBeNull();
    expect(object('Deployment', 'pgbouncer')).toBeUndefined();
    const end = await run(servicesInputs);
    expect(end.outputs.outcome).toBe('applied');
    expect(steps(end).map(({ target }) => target)).not.toContain('Namespace/moodle');
    expect((await run(servicesInputs)).outputs.outcome).toBe('unchanged');
  });
});

describe('web and cron', () => {
  test('without services there is nothing to configure the pods by', async () => {
    const end = await run(podInputs('web'));
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'There is no ConfigMap "moodle-config" in the namespace "moodle"; deploy component "services" first.',
    ]);
  });

  test('each is its own Deployment; again is unchanged; another image rolls only that one', async () => {
    withConfiguration();
    const [web, cron] = [await run(podInputs('web')), await run(podInputs('cron'))];
    expect([web.errors, cron.errors]).toEqual([[], []]);
    expect(steps(cron)).toEqual([{ action: 'create', target: 'Deployment/moodle-cron' }]);
    expect((await run(podInputs('web'))).outputs.outcome).toBe('unchanged');
    const image = `mhs.azurecr.io/moodle@${digest('c')}`;
    const rolled = await run({ ...podInputs('web'), image });
    expect(steps(rolled)).toEqual([
      {
        action: 'update',
        target: 'Deployment/moodle-web',
        reason: expect.stringMatching(
          /^\.spec\.template\.spec\.containers\[web\]\.image: mhs\.azurecr\.io\/moodle@sha256:b.* → /,
        ),
      },
    ]);
    expect(object('Deployment', 'moodle-web')?.metadata.generation).toBe(2);
    expect(object('Deployment', 'moodle-cron')?.metadata.generation).toBe(1);
  });

  test('a change of the configuration rolls the pods', async () => {
    withConfiguration();
    await run(podInputs('web'));
    withConfiguration({ MOODLE_TIMEZONE: 'America/Lima' });
    const end = await run({ ...podInputs('web'), mode: 'plan' });
    expect(steps(end)).toEqual([
      {
        action: 'update',
        target: 'Deployment/moodle-web',
        reason: expect.stringContaining(`.spec.template.metadata.annotations["${CONFIG_CHECKSUM}"]: `),
      },
    ]);
  });

  test('a field that somebody changed by hand stops it, unless it may take it over', async () => {
    withConfiguration();
    await run(podInputs('web'));
    await cluster.kubectl(['-n', 'moodle', 'scale', 'deployment/moodle-web', '--replicas=9']);
    for (const mode of ['plan', 'apply']) {
      const end = await run({ ...podInputs('web'), mode });
      expect(end.exitCode).toBe(1);
      expect(end.errors).toEqual([
        'Deployment/moodle-web: .spec.replicas was changed by "kubectl" (somebody with kubectl). Change it back, or set input "force-conflicts" to true to take it over.',
      ]);
    }
    const forced = await run({ ...podInputs('web'), 'force-conflicts': 'true' });
    expect(forced.errors).toEqual([]);
    expect(steps(forced)[0]?.reason).toBe('.spec.replicas: 9 → 4');
    expect(object('Deployment', 'moodle-web')?.spec?.replicas).toBe(4);
  });
});

describe('rollouts that cannot succeed', () => {
  test('a container that keeps ending is told with its exit code and its log', async () => {
    withConfiguration();
    const end = await run({ ...podInputs('web'), image: `mhs.azurecr.io/crash@${digest('d')}` });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(
      /^Deployment\/moodle-web does not roll out: pod moodle-web-h1-x, container web: CrashLoopBackOff \(3 restarts, last ended with exit code 78\)/,
    );
    expect(end.outputs.outcome).toBeUndefined();
    expect(end.seconds).toBeLessThan(20);
  });

  test('an image that is not in the registry is told within seconds', async () => {
    withConfiguration();
    const end = await run({ ...podInputs('web'), image: `mhs.azurecr.io/gone@${digest('d')}` });
    expect(end.errors[0]).toMatch(/ErrImagePull \(mhs\.azurecr\.io\/gone: not found\)\. Check that the image is in/);
    expect(end.seconds).toBeLessThan(20);
  });

  test('a bad image name fails as soon as it is seen', async () => {
    withConfiguration();
    const end = await run({ ...podInputs('web'), image: `mhs.azurecr.io/unnamed@${digest('d')}` });
    expect(end.errors[0]).toContain('InvalidImageName (bad reference)');
  });

  test('one that takes too long ends with what was seen', async () => {
    withConfiguration();
    const end = await run({
      ...podInputs('web'),
      image: `mhs.azurecr.io/slow@${digest('d')}`,
      'rollout-timeout': '5s',
    });
    expect(end.errors[0]).toMatch(/^Deployment\/moodle-web did not roll out within \d+ s: 4 of 4 updated, 0 ready/);
  });

  test('a cancelled job stops waiting at once', async () => {
    withConfiguration();
    let sent = 0;
    const end = await run(
      { ...podInputs('web'), image: `mhs.azurecr.io/slow@${digest('d')}` },
      {
        onOutput: (child, output) => {
          if (sent === 0 && output.includes('::group::Verify')) {
            sent = Date.now();
            child.kill('SIGTERM');
          }
        },
      },
    );
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([expect.stringContaining('Stopped: the job was cancelled (SIGTERM)')]);
    expect(Date.now() - sent).toBeLessThan(5000);
  });
});

describe('going back', () => {
  const bad = `mhs.azurecr.io/gone@${digest('d')}`;
  const imageOf = () => JSON.stringify(object('Deployment', 'moodle-web')?.spec?.template);

  test('a bad image is rolled back to the last pods that ran, and the run fails with both', async () => {
    withConfiguration();
    await run(podInputs('web'));
    const end = await run({ ...podInputs('web'), image: bad, 'on-failure': 'rollback' });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(/^Deployment\/moodle-web does not roll out: .*ErrImagePull/);
    expect(end.errors[0]).toContain(
      `Deployment/moodle-web was rolled back to revision 1 (mhs.azurecr.io/moodle@${digest('b')}), which runs.`,
    );
    expect(imageOf()).toContain(digest('b'));
    expect(imageOf()).not.toContain('pod-template-hash');
    expect(steps(await run(podInputs('web')))).toEqual([]);
  });

  test('without being asked, the new pods stay beside the old ones', async () => {
    withConfiguration();
    await run(podInputs('web'));
    expect((await run({ ...podInputs('web'), mode: 'plan' })).outputs).toMatchObject({ steps: '[]', settled: 'true' });
    const end = await run({ ...podInputs('web'), image: bad });
    const plan = await run({ ...podInputs('web'), image: bad, mode: 'plan' });
    expect(plan.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]', settled: 'false' });
    expect(end.errors[0]).not.toContain('rolled back');
    expect(imageOf()).toContain('gone');
  });

  test('a first deployment has nothing to go back to', async () => {
    withConfiguration();
    const end = await run({ ...podInputs('web'), image: bad, 'on-failure': 'rollback' });
    expect(end.errors[0]).toContain('There is no revision of Deployment/moodle-web before this one to go back to.');
  });
});

describe('the commit that pods were deployed from', () => {
  const A = 'a'.repeat(40);
  const B = 'b'.repeat(40);
  const commit = () => {
    const template = JSON.stringify(object('Deployment', 'moodle-web')?.spec?.template ?? {});
    return (JSON.parse(template) as { metadata?: { annotations?: Record<string, string> } }).metadata?.annotations?.[
      COMMIT
    ];
  };

  test('is kept until they are new, and told with what ran before', async () => {
    withConfiguration();
    await run({ ...podInputs('web'), commit: A });
    expect(commit()).toBe(A);
    expect((await run({ ...podInputs('web'), commit: B })).outputs.outcome).toBe('unchanged');
    expect((await run({ ...podInputs('web'), replicas: '3', commit: B })).outputs.outcome).toBe('applied');
    expect(commit()).toBe(A);

    const image = `mhs.azurecr.io/moodle@${digest('c')}`;
    await run({ ...podInputs('web'), image, commit: B });
    expect(commit()).toBe(B);
    const { outputs } = await run({ ...podInputs('web'), image: '', mode: 'plan', 'scale-only': 'true' });
    expect(outputs).toMatchObject({
      'running-image': image,
      'running-commit': B,
      'previous-image': podInputs('web').image,
      'previous-commit': A,
    });
  });
});

describe('two deployments at once', () => {
  test('the last one stays, and the other is told so', async () => {
    withConfiguration();
    await run(podInputs('web'));
    const mine = `mhs.azurecr.io/slow@${digest('c')}`;
    let other: Promise<ActionEnd> | undefined;
    const end = await run(
      { ...podInputs('web'), image: mine },
      {
        onOutput: (_, output) => {
          if (output.includes('::group::Verify')) {
            other ??= run({ ...podInputs('web'), image: `mhs.azurecr.io/moodle@${digest('e')}` });
          }
        },
      },
    );
    expect((await other)?.outputs.outcome).toBe('applied');
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toContain(`and not ${mine}: another deployment changed it meanwhile.`);
  });
});

describe('the number of pods', () => {
  const automatic = { ...podInputs('web'), 'minimum-replicas': '2' };
  const replicas = () => object('Deployment', 'moodle-web')?.spec?.replicas;

  test('is the autoscaler’s, and what it decides is no drift', async () => {
    withConfiguration();
    const first = await run(automatic);
    expect(first.errors).toEqual([]);
    expect(replicas()).toBe(2);
    expect(steps(first).map(({ target }) => target)).toContain('ScaledObject/moodle-web');
    const scale = ['-n', 'moodle', 'scale', 'deployment/moodle-web', '--replicas=3'];
    expect((await cluster.kubectl(scale)).code).toBe(0);
    const again = await run(automatic);
    expect(again.errors).toEqual([]);
    expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
    expect(replicas()).toBe(3);
    expect(object('HorizontalPodAutoscaler', 'keda-hpa-moodle-web')).toBeDefined();
  });

  test('passes from us to the autoscaler without a moment of one pod, and back', async () => {
    withConfiguration();
    await run(podInputs('web'));
    const seen = new Set<unknown>();
    const stop = cluster.store.watch('Deployment', ({ object: { spec } }) => seen.add(spec?.replicas));
    const there = await run(automatic);
    expect(there.errors).toEqual([]);
    expect(steps(there).map(({ target }) => target)).toEqual(['ScaledObject/moodle-web']);
    expect((await run({ ...automatic, image: `mhs.azurecr.io/moodle@${digest('e')}` })).errors).toEqual([]);
    const scale = ['-n', 'moodle', 'scale', 'deployment/moodle-web', '--replicas=3'];
    expect((await cluster.kubectl(scale)).code).toBe(0);
    stop();
    expect([...seen]).toEqual([4, 3]);
    const back = await run({ ...podInputs('web'), image: `mhs.azurecr.io/moodle@${digest('e')}` });
    expect(back.errors).toEqual([]);
    expect(steps(back)).toEqual([
      { action: 'delete', target: 'ScaledObject/moodle-web', reason: 'no longer in the manifests' },
      { action: 'update', target: 'Deployment/moodle-web', reason: '.spec.replicas: 3 → 4' },
    ]);
    expect(replicas()).toBe(4);
    expect(object('ScaledObject', 'moodle-web')).toBeUndefined();
  });

  test('scaling only brings all pods for an exam, with room beside them, and no new image', async () => {
    withConfiguration();
    await run(automatic);
    withConfiguration({ MOODLE_TIMEZONE: 'America/Lima' });
    const exam = { ...automatic, image: '', 'scale-only': 'true', 'exam-mode': 'true', 'headroom-pods': '1' };
    const end = await run(exam);
    expect(end.errors).toEqual([]);
    expect(steps(end).map(({ action, target }) => `${action} ${target}`)).toEqual([
      'update PodDisruptionBudget/moodle-web',
      'create Deployment/moodle-headroom',
      'update Deployment/moodle-web',
      'update ScaledObject/moodle-web',
    ]);
    expect(steps(end)[2]?.reason).toBe('.spec.strategy.rollingUpdate.maxUnavailable: 5% → 0');
    expect(replicas()).toBe(4);
    expect((await run(exam)).outputs.outcome).toBe('unchanged');
    const after = await run({ ...automatic, image: '', 'scale-only': 'true' });
    expect(after.errors).toEqual([]);
    expect(steps(after)[0]).toMatchObject({ action: 'delete', target: 'Deployment/moodle-headroom' });
    expect(object('ScaledObject', 'moodle-web')?.spec?.minReplicaCount).toBe(2);
  });

  test('scaling only what is not there is refused', async () => {
    withConfiguration();
    const end = await run({ ...podInputs('web'), 'scale-only': 'true' });
    expect(end.errors).toEqual(['There is no Deployment/moodle-web to scale; deploy component "web" first.']);
  });

  test('a cluster without KEDA is told what is missing and what can be done without', async () => {
    withConfiguration();
    const own = join(cluster.directory, 'manifests');
    cpSync(manifests, own, { recursive: true });
    const file = join(own, 'components/autoscaling/scaled-object.yaml');
    // A version that the cluster does not serve is, to kubectl, a kind that it does not know.
    writeFileSync(file, readFileSync(file, 'utf8').replace('keda.sh/v1alpha1', 'keda.sh/v9'));
    const end = await run({ ...automatic, manifests: own, mode: 'plan' });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'The cluster does not know the kind ScaledObject (keda.sh/v9); KEDA is missing. Switch it on (for AKS `az aks update --enable-keda`), or deploy a fixed number of pods.',
    ]);
  });
});

describe('all components', () => {
  test('go in order, pods with the configuration of the same run; again is unchanged', async () => {
    const all = { ...servicesInputs, ...podInputs('web'), component: 'all', 'cron-replicas': '1' };
    const plan = await run({ ...all, mode: 'plan' });
    expect(plan.errors).toEqual([]);
    expect(plan.outputs.outcome).toBe('planned');
    const end = await run(all);
    expect(end.errors).toEqual([]);
    expect(end.outputs).toMatchObject({ outcome: 'applied', 'load-balancer-ip': '10.64.0.99' });
    expect(object('Deployment', 'moodle-cron')?.spec?.replicas).toBe(1);
    expect((await run(all)).outputs.outcome).toBe('unchanged');
    const changed = await run({ ...all, timezone: 'America/Lima', mode: 'plan' });
    expect(steps(changed).map(({ target }) => target)).toEqual([
      'ConfigMap/moodle-config',
      'Deployment/moodle-web',
      'Deployment/moodle-cron',
    ]);
  });
});

describe('fields that cannot change', () => {
  test('are explained, with what can be done, and nothing is stored', async () => {
    await run(servicesInputs);
    const before = writes().length;
    const end = await run({ ...servicesInputs, 'files-share': 'other' });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(
      /^PersistentVolume\/moodle-data: .*immutable after creation.* or save its data, delete it \(kubectl delete persistentvolume moodle-data\) and deploy again\.$/,
    );
    expect(writes()).toHaveLength(before);
  });
});

describe('rights', () => {
  /** Somebody who may read everything and change nothing. */
  function viewer(): string {
    const access = { server: cluster.url, certificateAuthority: cluster.authority, name: 'viewer' };
    const file = join(cluster.directory, 'viewer');
    writeFileSync(file, tokenKubeconfig(access, 'viewer-token'));
    return file;
  }

  test('whoever may not apply is told verb, kind and namespace, and nothing is stored', async () => {
    const before = writes().length;
    const end = await run({ ...servicesInputs, kubeconfig: viewer() });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'Namespace/moodle: "viewer" may not patch namespaces in the cluster; give it a role that allows it.',
    ]);
    expect(
      writes()
        .slice(before)
        .filter(({ status }) => status < 400),
    ).toEqual([]);
  });

  test('a token that is not known is a sentence about credentials', async () => {
    const access = { server: cluster.url, certificateAuthority: cluster.authority, name: 'x' };
    const kubeconfig = join(cluster.directory, 'stranger');
    writeFileSync(kubeconfig, tokenKubeconfig(access, 'stolen-token'));
    const end = await run({ ...servicesInputs, kubeconfig });
    expect(end.errors).toEqual([expect.stringContaining('did not accept the credentials')]);
    expect(end.log).not.toContain('stolen-token');
  });
});
