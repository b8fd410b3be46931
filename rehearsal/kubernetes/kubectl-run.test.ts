import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { KubeObject } from './ports.ts';
import { startCluster, type TestCluster } from './testing/cluster.ts';
import { configMap, deployment, documents, job, pod, statefulSet } from './testing/manifests.ts';

// Each test runs kubectl several times, on machines that may be busy.
jest.setTimeout(30_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.close();
});

const create = (object: Record<string, unknown>) => cluster.store.create(object as never, 'test');
const refOf = (kind: string, name: string) => ({ kind, namespace: 'default', name });

function setStatus(kind: string, name: string, status: Record<string, unknown>): KubeObject | undefined {
  const options = { manager: 'controller', subresource: 'status' } as const;
  return cluster.store.update(refOf(kind, name), (draft) => Object.assign(draft, { status }), options);
}

function runningPod(name: string, labels: Record<string, string> = {}): KubeObject {
  create(pod(name, labels));
  const state = { running: { startedAt: '2026-11-24T06:00:00Z' } };
  const containerStatuses = [{ name: 'main', ready: true, restartCount: 2, image: 'main:1', imageID: '', state }];
  return setStatus('Pod', name, { phase: 'Running', podIP: '127.64.0.1', containerStatuses }) as KubeObject;
}

/** Lets kubectl get to its watch before the world changes. */
async function untilWatched(plural: string): Promise<void> {
  const from = cluster.requests.length;
  for (let waited = 0; waited < 100; waited += 1) {
    const lists = cluster.requests
      .slice(from)
      .some(({ url }) => url.includes(`/${plural}?`) || url.includes(`/${plural}/`));
    if (lists) {
      break;
    }
    await delay(20);
  }
  await delay(60);
}

describe('wait', () => {
  test('for a condition that comes later', async () => {
    create(deployment('waited'));
    const watched = untilWatched('deployments');
    const run = cluster.kubectl(['wait', '--for=condition=Available', 'deploy/waited', '--timeout=10s']);
    await watched;
    const condition = { type: 'Available', status: 'True', lastTransitionTime: '2026-11-24T06:00:00Z' };
    setStatus('Deployment', 'waited', { observedGeneration: 1, conditions: [condition] });
    expect(await run).toEqual({ code: 0, stdout: 'deployment.apps/waited condition met\n', stderr: '' });
  });

  test('for a value by jsonpath, and for a deletion', async () => {
    create(configMap('by-path', { state: 'ready' }));
    const path = await cluster.kubectl(['wait', '--for=jsonpath={.data.state}=ready', 'cm/by-path', '--timeout=5s']);
    expect(path.code).toBe(0);
    const watched = untilWatched('configmaps');
    const gone = cluster.kubectl(['wait', '--for=delete', 'cm/by-path', '--timeout=10s']);
    await watched;
    cluster.store.delete(refOf('ConfigMap', 'by-path'));
    expect((await gone).code).toBe(0);
  });

  test('gives up in time', async () => {
    create(configMap('never', { state: 'no' }));
    const args = ['wait', '--for=jsonpath={.data.state}=yes', 'cm/never', '--timeout=1s'];
    const { code, stderr } = await cluster.kubectl(args);
    expect(code).toBe(1);
    expect(stderr).toContain('timed out waiting for the condition on configmaps/never');
  });
});

describe('rollout status', () => {
  test('of a Deployment follows its status to the end', async () => {
    create(deployment('rolled'));
    setStatus('Deployment', 'rolled', { observedGeneration: 1, replicas: 2, updatedReplicas: 1 });
    const watched = untilWatched('deployments');
    const run = cluster.kubectl(['rollout', 'status', 'deploy/rolled', '--timeout=10s']);
    await watched;
    const done = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
    setStatus('Deployment', 'rolled', done);
    const { code, stdout } = await run;
    expect(code).toBe(0);
    expect(stdout).toContain('1 out of 2 new replicas have been updated');
    expect(stdout).toContain('deployment "rolled" successfully rolled out');
  });

  test('of a Deployment that exceeded its deadline fails', async () => {
    create(deployment('stuck'));
    const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    setStatus('Deployment', 'stuck', { observedGeneration: 1, conditions: [condition] });
    const { code, stderr } = await cluster.kubectl(['rollout', 'status', 'deploy/stuck', '--timeout=10s']);
    expect(code).toBe(1);
    expect(stderr).toContain('exceeded its progress deadline');
  });

  test('of a StatefulSet ends when every pod is updated', async () => {
    create(statefulSet('rolled'));
    const done = { observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 3 };
    setStatus('StatefulSet', 'rolled', done);
    const { code, stdout } = await cluster.kubectl(['rollout', 'status', 'sts/rolled', '--timeout=10s']);
    expect(code).toBe(0);
    expect(stdout).toContain('partitioned roll out complete: 3 new pods have been updated');
  });

  test('restart changes the template and nothing else in it', async () => {
    create(deployment('restarted', {}, { args: ['-x'], env: [{ name: 'A', value: '1' }] }));
    expect((await cluster.kubectl(['rollout', 'restart', 'deploy/restarted'])).code).toBe(0);
    const template = JSON.parse(JSON.stringify(cluster.store.get(refOf('Deployment', 'restarted'))?.spec)).template;
    expect(Object.keys(template.metadata.annotations)).toEqual(['kubectl.kubernetes.io/restartedAt']);
    expect(template.spec.containers[0]).toMatchObject({ args: ['-x'], env: [{ name: 'A', value: '1' }] });
  });

  test('set image keeps the rest of the container', async () => {
    create(deployment('imaged', {}, { args: ['-x'] }));
    expect((await cluster.kubectl(['set', 'image', 'deploy/imaged', 'web=web:2'])).code).toBe(0);
    const spec = JSON.parse(JSON.stringify(cluster.store.get(refOf('Deployment', 'imaged'))?.spec));
    expect(spec.template.spec.containers).toMatchObject([{ name: 'web', image: 'web:2', args: ['-x'] }]);
  });
});

describe('exec', () => {
  beforeAll(() => {
    runningPod('shell');
    runningPod('dead');
  });
  const exec = (args: string[], options: { stdin?: string | Buffer } = {}) =>
    cluster.kubectl(['exec', ...args], options);

  test('gives output and errors apart, and the exit code', async () => {
    const run = await exec(['shell', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(run.code).toBe(7);
    expect(run.stdout).toBe('out\n');
    expect(run.stderr).toContain('err\n');
    expect(run.stderr).toContain('command terminated with exit code 7');
  });

  test('passes arguments as they are', async () => {
    const odd = 'a b "c" $D & ü';
    expect((await exec(['shell', '--', 'printf', '%s', odd])).stdout).toBe(odd);
  });

  test('passes stdin to its end, and big output whole', async () => {
    const input = Buffer.alloc(3_000_000, 'moodle\n');
    const sum = createHash('sha256').update(input).digest('hex');
    const counted = await exec(['-i', 'shell', '--', 'sha256sum'], { stdin: input });
    expect(counted.stdout).toContain(sum);
    const big = await exec(['shell', '--', 'sh', '-c', 'yes 0123456789 | head -c 2000000']);
    expect(big.stdout).toHaveLength(2_000_000);
  });

  test('says what is wrong with a program, a pod, or a container', async () => {
    expect(await exec(['shell', '--', 'no-such-program'])).toMatchObject({ code: 1 });
    const nowhere = await exec(['nobody', '--', 'true']);
    expect(nowhere.stderr).toContain('pods "nobody" not found');
    const wrong = await exec(['shell', '-c', 'sidecar', '--', 'true']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('container sidecar is not valid for pod shell');
  });

  test('says why a container can not be entered, and tries once', async () => {
    const before = cluster.runtime.commands.length;
    const { code, stderr } = await exec(['dead', '--', 'true']);
    expect(code).toBe(1);
    expect(stderr).toContain('container not found ("main")');
    expect(cluster.runtime.commands.length - before).toBe(1);
  });

  test('finds a pod of a Deployment by its labels', async () => {
    create(deployment('served'));
    runningPod('served-1', { app: 'served' });
    expect((await exec(['deploy/served', '--', 'echo', 'hello'])).stdout).toBe('hello\n');
  });

  test('goes on in the container when the client goes away', async () => {
    const file = join(cluster.directory, 'went-on');
    const script = encodeURIComponent(`cat; sleep 0.3; touch ${file}`);
    const path = `/api/v1/namespaces/default/pods/shell/exec?command=sh&command=-c&command=${script}&stdin=true&stdout=true`;
    const headers = { authorization: 'Bearer admin-token' };
    const socket = new WebSocket(`${cluster.url.replace('https', 'wss')}${path}`, 'v5.channel.k8s.io', {
      ca: cluster.authority,
      headers,
    });
    await once(socket, 'open');
    socket.terminate();
    for (let waited = 0; waited < 100 && !existsSync(file); waited += 1) {
      await delay(50);
    }
    expect(existsSync(file)).toBe(true);
  });

  test('is refused over SPDY with the reason', async () => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
    const { code, stderr } = await cluster.kubectl(['exec', 'shell', '--', 'true'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('speaks v5.channel.k8s.io only');
  });
});

describe('logs', () => {
  test('of a container, whole and the last lines', async () => {
    runningPod('logged');
    cluster.runtime.logsOf.set('logged', new PassThrough());
    expect((await cluster.kubectl(['logs', 'logged'])).stdout).toBe('first\nsecond\nthird\n');
    expect((await cluster.kubectl(['logs', 'logged', '--tail=1'])).stdout).toBe('third\n');
  });

  test('of a Job are followed to the end', async () => {
    const { spec } = create(job('logged'));
    const selector = JSON.parse(JSON.stringify(spec?.selector)).matchLabels;
    runningPod('logged-abcde', selector);
    const log = new PassThrough();
    cluster.runtime.logsOf.set('logged-abcde', log);
    const run = cluster.kubectl(['logs', '-f', 'job/logged']);
    log.write('one\n');
    await delay(100);
    log.end('two\n');
    expect(await run).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  });

  test('of a container that has not started are refused with the reason', async () => {
    create(pod('pending'));
    const answer = await cluster.request('GET', '/api/v1/namespaces/default/pods/pending/log');
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe('container "main" in pod "pending" is waiting to start: ContainerCreating');
  });
});

describe('scale', () => {
  test('changes replicas, also with a precondition', async () => {
    create(statefulSet('scaled'));
    expect((await cluster.kubectl(['scale', 'sts/scaled', '--replicas=5'])).code).toBe(0);
    const replicas = () => cluster.store.get(refOf('StatefulSet', 'scaled'))?.spec?.replicas;
    expect(replicas()).toBe(5);
    const met = await cluster.kubectl(['scale', 'sts/scaled', '--current-replicas=5', '--replicas=2']);
    expect(met.code).toBe(0);
    const unmet = await cluster.kubectl(['scale', 'sts/scaled', '--current-replicas=5', '--replicas=9']);
    expect(unmet.stderr).toContain('Expected replicas to be 5, was 2');
    expect(replicas()).toBe(2);
  });
});

describe('create and delete', () => {
  test('create -f makes names, and refuses a taken one', async () => {
    const named = documents({ ...configMap('x', {}), metadata: { generateName: 'made-', namespace: 'default' } });
    const made = await cluster.kubectl(['create', '-f', '-'], { stdin: named });
    expect(made.stdout).toMatch(/^configmap\/made-[a-z0-9]{5} created\n$/);
    create(configMap('taken', {}));
    const taken = await cluster.kubectl(['create', '-f', '-'], { stdin: documents(configMap('taken', {})) });
    expect(taken.stderr).toContain('Error from server (AlreadyExists)');
  });

  test('delete --raw takes preconditions: another object of the same name stays', async () => {
    const live = create(job('exact'));
    const remove = (uid: string) =>
      cluster.kubectl(['delete', '--raw=/apis/batch/v1/namespaces/default/jobs/exact', '--filename=-'], {
        stdin: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } }),
      });
    const other = await remove('another');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /^Error from server \(Conflict\): .*"exact": Precondition failed: UID in precondition/m,
    );
    expect(cluster.store.get(refOf('Job', 'exact'))).toBeDefined();
    expect(await remove(live.metadata.uid)).toMatchObject({ code: 0 });
    expect(cluster.store.get(refOf('Job', 'exact'))).toBeUndefined();
  });

  test('replace refuses an object that somebody has changed since it was read', async () => {
    const lease = (spec: Record<string, unknown>, resourceVersion: string) =>
      JSON.stringify({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'held', namespace: 'default', resourceVersion },
        spec,
      });
    const manifest = lease({ holderIdentity: 'a', renewTime: '2026-11-24T10:00:00.123000Z' }, '');
    const made = await cluster.kubectl(['create', '--filename=-', '--output=json'], { stdin: manifest });
    const { resourceVersion } = JSON.parse(made.stdout).metadata;
    const replace = (holderIdentity: string) =>
      cluster.kubectl(['replace', '--filename=-', '--output=json'], {
        stdin: lease({ holderIdentity }, resourceVersion),
      });
    expect(await replace('b')).toMatchObject({ code: 0 });
    expect(await replace('c')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error from server \(Conflict\): .*the object has been modified/m),
    });
    expect(cluster.store.get(refOf('Lease', 'held'))?.spec).toMatchObject({ holderIdentity: 'b' });
  });

  test('create with a typed command says that it needs a manifest', async () => {
    const { code, stderr } = await cluster.kubectl(['create', 'configmap', 'typed', '--from-literal=a=1']);
    expect(code).toBe(1);
    expect(stderr).toContain('write a manifest and use kubectl create -f or apply');
  });

  test('create -f names an unknown field', async () => {
    const manifest = documents(deployment('strict', { replica: 3 }));
    const { stderr } = await cluster.kubectl(['create', '-f', '-'], { stdin: manifest });
    expect(stderr).toContain(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    );
  });

  test('delete waits for a running pod to be gone', async () => {
    runningPod('ending');
    const stop = cluster.store.watch('Pod', ({ object }) => {
      if (object.metadata.name === 'ending' && object.metadata.deletionTimestamp !== undefined) {
        setTimeout(() => cluster.store.remove(refOf('Pod', 'ending')), 200);
        stop();
      }
    });
    expect(await cluster.kubectl(['delete', 'pod', 'ending'])).toMatchObject({ code: 0 });
    expect(cluster.store.get(refOf('Pod', 'ending'))).toBeUndefined();
  });

  test('delete of a Job takes its pods along; what is not there can be ignored', async () => {
    const { uid } = create(job('deleted')).metadata;
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'deleted', uid, controller: true }];
    create({ ...pod('deleted-1'), metadata: { name: 'deleted-1', namespace: 'default', ownerReferences } });
    setStatus('Pod', 'deleted-1', { phase: 'Succeeded' });
    expect((await cluster.kubectl(['delete', 'job', 'deleted'])).code).toBe(0);
    expect(cluster.store.get(refOf('Pod', 'deleted-1'))).toBeUndefined();
    expect((await cluster.kubectl(['delete', 'job', 'deleted'])).stderr).toContain('jobs.batch "deleted" not found');
    expect((await cluster.kubectl(['delete', 'job', 'deleted', '--ignore-not-found'])).code).toBe(0);
  });
});

describe('get', () => {
  test('prints the columns of the real printers', async () => {
    runningPod('printed');
    const { stdout } = await cluster.kubectl(['get', 'pod', 'printed']);
    expect(stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nprinted +1\/1 +Running +2 +\d+s\n$/);
    const wide = await cluster.kubectl(['get', 'pod', 'printed', '-o', 'wide']);
    expect(wide.stdout).toContain('127.64.0.1   node-0');
    create(deployment('printed'));
    setStatus('Deployment', 'printed', { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 });
    const deploy = await cluster.kubectl(['get', 'deploy', 'printed']);
    expect(deploy.stdout).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nprinted +1\/2 +2 +1 +\d+s/);
    create(job('printed'));
    expect((await cluster.kubectl(['get', 'job', 'printed'])).stdout).toMatch(/printed +Running +0\/1 +\d+s/);
  });

  test('selects by labels and fields, and finds all', async () => {
    create(pod('selected', { app: 'selected', tier: 'one' }));
    const names = async (...args: string[]) => (await cluster.kubectl(['get', ...args, '-o', 'name'])).stdout;
    expect(await names('pods', '-l', 'app in (selected,other),tier,!gone')).toBe('pod/selected\n');
    expect(await names('pods', '--field-selector', 'metadata.name=selected')).toBe('pod/selected\n');
    expect(await names('pods', '--field-selector', 'status.phase=Pending', '-l', 'app=selected')).toBe(
      'pod/selected\n',
    );
    expect(await names('all')).toContain('pod/selected\n');
  });

  test('watches', async () => {
    const watched = untilWatched('configmaps');
    const run = cluster.kubectl(['get', 'cm', 'looked-at', '--watch', '--output-watch-events', '--request-timeout=2s']);
    create(configMap('looked-at', { a: '1' }));
    await watched;
    cluster.store.delete(refOf('ConfigMap', 'looked-at'));
    const { stdout } = await run;
    expect(stdout.match(/ADDED|DELETED/g)).toEqual(['ADDED', 'DELETED']);
  });
});

describe('who may', () => {
  const asViewer = (args: string[]) => cluster.kubectl(['--token=viewer-token', ...args]);

  test('auth can-i answers with the exit code', async () => {
    expect(await cluster.kubectl(['auth', 'can-i', 'create', 'deployments.apps'])).toMatchObject({ code: 0 });
    expect(await asViewer(['auth', 'can-i', 'create', 'deployments.apps'])).toMatchObject({ code: 1, stdout: 'no\n' });
    expect(await asViewer(['auth', 'can-i', 'list', 'pods', '-n', 'default'])).toMatchObject({
      code: 0,
      stdout: 'yes\n',
    });
  });

  test('auth whoami names the user', async () => {
    expect((await asViewer(['auth', 'whoami'])).stdout).toContain('viewer');
  });

  test('a denied read says who, what and where', async () => {
    const { code, stderr } = await asViewer(['get', 'secrets', '-n', 'kube-system']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error from server (Forbidden): secrets is forbidden: User "viewer" cannot list resource "secrets" in API group "" in the namespace "kube-system"',
    );
  });

  test('a token that nobody has is not logged in', async () => {
    const { code, stderr } = await cluster.kubectl(['--token=wrong', 'get', 'pods']);
    expect(code).toBe(1);
    expect(stderr).toContain('You must be logged in to the server');
  });
});
