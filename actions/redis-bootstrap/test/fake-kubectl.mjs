/**
 * A kubectl for tests. It serves the pods of the state file, runs `exec` on this machine, and writes down every call.
 * `kustomize` is the real one's. The state file says what goes wrong.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const file = process.env.FAKE_KUBECTL_STATE;
const state = JSON.parse(readFileSync(file, 'utf8'));
const words = process.argv
  .slice(2)
  .filter((word) => !/^--(kubeconfig|namespace|cache-dir|request-timeout)=/.test(word));
const [verb, ...rest] = words;
const flags = new Set(rest);
/** Whoever reads meanwhile reads all of it or none. */
const save = () => {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(state));
  renameSync(`${file}.${process.pid}`, file);
};
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const list = (items) => print({ apiVersion: 'v1', kind: 'List', items });
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const nameOf = ({ kind, metadata }) => `${kind}/${metadata.name}`;
const input = () => {
  const given = JSON.parse(readFileSync(0, 'utf8'));
  return given.items ?? [given];
};

/** As many as the StatefulSet has replicas; the servers of the others run, and wait for their pods. */
const pods = () => state.pods.slice(0, state.objects['StatefulSet/redis-sessions']?.spec.replicas ?? 0);
const ofKind = (kind) =>
  ({
    nodes: state.nodes,
    pods: pods(),
    statefulsets: Object.values(state.objects).filter((object) => object.kind === 'StatefulSet'),
  })[kind];

appendFileSync(`${file}.calls`, `${words.join(' ')}\n`);

switch (verb) {
  case 'version':
    print({ clientVersion: { major: '1', minor: '32', gitVersion: 'v1.32.0' } });
    break;
  case 'kustomize': {
    const { stdout, stderr, status } = spawnSync(process.env.REAL_KUBECTL, words, { encoding: 'utf8' });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = status ?? 1;
    break;
  }
  case 'get': {
    const [kind, name] = rest;
    if (flags.has('--watch')) {
      const set = state.objects['StatefulSet/redis-sessions'];
      const { replicas } = set.spec;
      const status = {
        observedGeneration: 1,
        replicas,
        readyReplicas: replicas,
        updatedReplicas: replicas,
        updateRevision: 'r',
        currentRevision: 'r',
      };
      print({ type: 'ADDED', object: { ...set, metadata: { ...set.metadata, generation: 1 }, status } });
    } else if (flags.has('--filename=-')) list(input().flatMap((object) => state.objects[nameOf(object)] ?? []));
    else if (kind.split(',').includes('nodes') && state.denyNodes)
      fail(
        'Error from server (Forbidden): nodes is forbidden: User "ci" cannot list resource "nodes" in API group "" at the cluster scope',
      );
    else if (kind.includes(',')) list(kind.split(',').flatMap(ofKind));
    else if (kind === 'pods') list(pods());
    else if (state.objects[`${kind}/${name}`] !== undefined) print(state.objects[`${kind}/${name}`]);
    break;
  }
  case 'apply': {
    // Fields that are not mentioned stay, as in a server-side apply by somebody who does not own them.
    const objects = input().map((object) => {
      const live = state.objects[nameOf(object)];
      return live === undefined ? object : { ...live, ...object, spec: { ...live.spec, ...object.spec } };
    });
    if (!flags.has('--dry-run=server')) {
      for (const object of objects) {
        const spec = { ...state.objects[nameOf(object)]?.spec, ...object.spec };
        state.objects[nameOf(object)] = { ...state.objects[nameOf(object)], ...object, spec };
      }
      save();
    }
    list(objects);
    break;
  }
  case 'exec': {
    if (state.denyExec)
      fail(
        'Error from server (Forbidden): pods "redis-sessions-0" is forbidden: User "ci" cannot create resource "pods/exec" in API group "" in the namespace "moodle"',
      );
    if (state.startingPods?.includes(rest[0]))
      fail('error: unable to upgrade connection: container not found ("redis")');
    const command = rest.slice(rest.indexOf('--') + 1);
    // Nothing is held back or buffered: a hundred nodes answer more than a megabyte.
    const { status } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
    if (status !== 0) process.stderr.write(`command terminated with exit code ${status ?? 137}\n`);
    process.exitCode = status ?? 1;
    // Counted beside the state, which the test may change while the command runs.
    appendFileSync(`${file}.execs`, '.');
    const execs = readFileSync(`${file}.execs`, 'utf8').length;
    if (execs === state.killAfterExec) process.kill(process.ppid, 'SIGKILL');
    break;
  }
  default:
    fail(`error: unknown command "${verb}"`);
}
