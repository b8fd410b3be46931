/**
 * A kubectl for tests of the bundle: a cluster that is a folder (FAKE_CLUSTER). `cluster.json` says what the database is
 * and what goes wrong; each Job is a file. A Job runs for `jobMilliseconds` from its creation, and works on the database
 * when that is over. Every call is noted in `calls.jsonl`.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.FAKE_CLUSTER;
const argv = process.argv.slice(2);
const words = argv.filter((word) => !word.startsWith('--'));
const option = (name) => argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const clusterFile = join(folder, 'cluster.json');
const cluster = JSON.parse(readFileSync(clusterFile, 'utf8'));
const save = () => writeFileSync(clusterFile, JSON.stringify(cluster));
const stdin = argv.includes('--filename=-') ? readFileSync(0, 'utf8') : '';
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ argv, stdin, pid: process.pid })}\n`);

const print = (value) => process.stdout.write(typeof value === 'string' ? value : JSON.stringify(value));
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const jobFile = (name) => join(folder, `job-${name}.json`);
const jobs = () =>
  readdirSync(folder)
    .filter((name) => name.startsWith('job-'))
    .map((name) => settle(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
const job = (name) => (existsSync(jobFile(name)) ? settle(JSON.parse(readFileSync(jobFile(name), 'utf8'))) : undefined);
const taskOf = (object) => object.metadata.labels['moodle-high-scale/task'];

/** The state as `moodle-database state` says it. */
const stateLine = () => JSON.stringify(cluster.database);

/** What a Job prints until its end, and whether it ends well. */
function script(task) {
  const given = cluster.scripts?.[task];
  if (given !== undefined) return given;
  if (task === 'state') return { lines: [stateLine()], succeeds: true };
  const message = task.endsWith('install')
    ? 'Installation completed successfully.'
    : 'Command line upgrade from a to b completed successfully.';
  return {
    lines: ['-->System', '++ Success (1.00 seconds) ++', '::warning::not a command', message],
    succeeds: true,
    leaves: 'installed',
  };
}

/** Lets a Job whose time is over end, once. */
function settle(object) {
  if (
    object.status?.conditions !== undefined ||
    Date.now() < Date.parse(object.metadata.creationTimestamp) + cluster.jobMilliseconds
  ) {
    return object;
  }
  const task = taskOf(object);
  const { lines, succeeds, leaves } = script(task);
  if (leaves !== undefined) {
    cluster.database = { ...cluster.database, state: leaves, database: cluster.database.code };
    save();
  }
  object.fakeLog = task === 'state' ? lines : [...lines, stateLine()];
  object.status = { conditions: [{ type: succeeds ? 'Complete' : 'Failed', status: 'True' }] };
  writeFileSync(jobFile(object.metadata.name), JSON.stringify(object));
  return object;
}

function podOf(object) {
  const ended = object.status?.conditions !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${object.metadata.name}-x`, labels: {}, creationTimestamp: object.metadata.creationTimestamp },
    spec: object.spec.template.spec,
    status: cluster.podStatus ?? { phase: ended ? 'Succeeded' : 'Running' },
  };
}

/** The one Lease there is, with the API server's rule for writing it. */
const leaseFile = join(folder, 'lease.json');
const lease = () => (existsSync(leaseFile) ? JSON.parse(readFileSync(leaseFile, 'utf8')) : undefined);
function storeLease(object) {
  const version = Number(lease()?.metadata.resourceVersion ?? 0) + 1;
  object.metadata = { ...object.metadata, uid: 'lease-1', resourceVersion: String(version) };
  writeFileSync(leaseFile, JSON.stringify(object));
  print(object);
}

const list = (items) => print({ apiVersion: 'v1', kind: 'List', items });

const offline = ['version', 'kustomize'].includes(words[0]);
if (cluster.unreachable && !offline)
  fail('Unable to connect to the server: dial tcp 10.0.0.1:443: connect: connection refused');
if (cluster.forbidden === words[0]) {
  fail(
    `Error from server (Forbidden): jobs.batch is forbidden: User "pipeline" cannot ${words[0]} resource "jobs" in API group "batch" in the namespace "moodle"`,
  );
}

switch (words[0]) {
  case 'version':
    print({ clientVersion: { major: '1', minor: '32', gitVersion: 'v1.32.0' } });
    break;
  case 'kustomize': {
    const real = spawnSync(process.env.REAL_KUBECTL, ['kustomize', words[1]], { encoding: 'utf8' });
    process.stderr.write(real.stderr);
    print(real.stdout);
    process.exitCode = real.status ?? 1;
    break;
  }
  case 'create': {
    const object = JSON.parse(stdin);
    const name = object.metadata.name;
    if (object.kind === 'Lease') {
      storeLease(object);
      break;
    }
    if (existsSync(jobFile(name))) fail(`Error from server (AlreadyExists): jobs.batch "${name}" already exists`);
    object.metadata.creationTimestamp = new Date().toISOString();
    object.metadata.uid = randomUUID();
    writeFileSync(jobFile(name), JSON.stringify(object));
    print(object);
    break;
  }
  case 'replace': {
    const object = JSON.parse(stdin);
    if (object.metadata.resourceVersion !== lease()?.metadata.resourceVersion) {
      fail('Error from server (Conflict): error when replacing "STDIN": the object has been modified');
    }
    storeLease(object);
    break;
  }
  case 'delete': {
    const name = option('raw').split('/').at(-1);
    const found = job(name);
    if (found === undefined) fail(`Error from server (NotFound): jobs.batch "${name}" not found`);
    const { uid } = JSON.parse(stdin).preconditions;
    if (uid !== found.metadata.uid) {
      fail(`Error from server (Conflict): Operation cannot be fulfilled on jobs.batch "${name}": Precondition failed`);
    }
    rmSync(jobFile(name));
    print({ kind: 'Status', status: 'Success' });
    break;
  }
  case 'get': {
    const selector = option('selector') ?? '';
    if (words[1] === 'lease') {
      const found = lease();
      if (found !== undefined) print(found);
    } else if (words[1] === 'jobs') list(jobs());
    else if (words[1] === 'job') {
      const found = job(words[2]);
      if (found !== undefined) print(found);
    } else if (words[1] === 'events') list(cluster.events ?? []);
    else if (selector.startsWith('batch.kubernetes.io/controller-uid=')) {
      list(
        jobs()
          .filter(({ metadata }) => metadata.uid === selector.split('=')[1])
          .map(podOf),
      );
    } else {
      const [, name] = selector.split('app.kubernetes.io/name=');
      list((cluster.pods ?? []).filter(({ metadata }) => metadata.labels['app.kubernetes.io/name'] === name));
    }
    break;
  }
  case 'exec':
    print(`${stateLine()}\n`);
    break;
  case 'logs': {
    const name = words[1].replace(/-x$/, '');
    if (!argv.includes('--follow')) {
      print(`${(job(name)?.fakeLog ?? []).join('\n')}\n`);
      break;
    }
    if (cluster.streamBreaks > 0) {
      cluster.streamBreaks -= 1;
      save();
      print(`${script(taskOf(job(name))).lines[0]}\n`);
      fail('error: unexpected EOF');
    }
    let printed = 0;
    for (;;) {
      const object = job(name);
      if (object === undefined) break;
      const lines = object.fakeLog ?? script(taskOf(object)).lines.slice(0, 1);
      for (; printed < lines.length; printed += 1) print(`${lines[printed]}\n`);
      if (object.fakeLog !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    break;
  }
  default:
    fail(`error: the fake kubectl does not know ${words.join(' ')}`);
}
