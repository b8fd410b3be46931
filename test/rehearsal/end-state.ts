/**
 * What a deployment has come to, read from outside while its world is up: Kubernetes objects, Redis topologies, Terraform
 * outputs, database tables, private link connections. Values that differ from one deployment to the next (times, uids,
 * addresses, random names) are left out, so that two deployments of the same thing are equal as text.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is known of a world that is up. */
export interface World {
  pid: number;
  kubeconfig: string;
  database: { address: string; port: number; passwordFile: string };
}

/** One aspect each, as lines. */
export type EndState = Record<'objects' | 'pods' | 'redis' | 'terraform' | 'tables' | 'connections', string[]>;

interface KubeObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string }[];
  };
  type?: string;
  data?: Record<string, string>;
  spec?: Record<string, unknown>;
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** Objects that controllers make from others, or that only record what happened. */
const DERIVED = [
  'events',
  'pods',
  'leases',
  'endpointslices',
  'controllerrevisions',
  'replicasets',
  'persistentvolumes',
];

/** Fields that the API server or a controller sets anew for each object. */
const VOLATILE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'status',
  'clusterIP',
  'clusterIPs',
  'nodePort',
  'healthCheckNodePort',
  'volumeName',
  'moodle-high-scale/commit',
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'deployment.kubernetes.io/revision',
]);

/** Reads `world.json` of a rehearsal that is up. */
export function readWorld(directory: string): World {
  return JSON.parse(readFileSync(join(directory, 'world.json'), 'utf8')) as World;
}

/** Runs kubectl as the world's administrator. */
export function kubectl(world: World, ...args: string[]): string {
  return execFileSync('kubectl', ['--kubeconfig', world.kubeconfig, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Runs one query as the database's administrator; rows as lines. */
export function sql(world: World, query: string): string[] {
  const { address, port, passwordFile } = world.database;
  const args = ['-h', address, '-p', String(port), '-U', 'postgres', '-d', 'moodle', '-XAtc', query];
  const rows = execFileSync('psql', args, { encoding: 'utf8', env: { ...process.env, PGPASSFILE: passwordFile } });
  return rows.split('\n').filter((row) => row !== '');
}

/** All objects of all namespaces, but for the kinds left out. */
export function objects(world: World, without: readonly string[] = []): KubeObject[] {
  const kinds = kubectl(world, 'api-resources', '--verbs=list', '-o', 'name')
    .split('\n')
    .filter((kind) => kind !== '' && !without.includes(kind.split('.')[0] ?? ''));
  return (JSON.parse(kubectl(world, 'get', kinds.join(','), '-A', '-o', 'json')) as { items: KubeObject[] }).items;
}

/** A value as text with sorted keys and without what is volatile. */
function stable(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (VOLATILE.has(key)) return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  }).replace(/\b127\.\d+\.\d+\.\d+\b/g, '127.x.x.x');
}

function describeObject(object: KubeObject): string {
  const { kind, metadata } = object;
  const name = `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  // A Secret's value is random and nobody's business.
  if (kind === 'Secret')
    return `${name} ${object.type} ${Object.keys(object.data ?? {})
      .sort()
      .join(',')}`;
  const conditions = (object.status?.conditions ?? [])
    .map(({ type, status }) => `${type}=${status}`)
    .sort()
    .join(',');
  return `${name} ${conditions} ${stable(object)}`;
}

/** What only looked at the database, and has: a run may need that or not, and it goes by itself soon after. */
function isLook(name: string, isOver: boolean): boolean {
  return name.startsWith('moodle-database-state-') && isOver;
}

/** Whether a Job ended well. */
function isComplete({ status }: KubeObject): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Complete' && one.status === 'True');
}

/** How many pods each owner has, and how they are. */
function describePods(world: World): string[] {
  const { items } = JSON.parse(kubectl(world, 'get', 'pods', '-A', '-o', 'json')) as { items: KubeObject[] };
  const kept = items.filter(
    ({ metadata, status }) => !isLook(metadata.ownerReferences?.[0]?.name ?? '', status?.phase === 'Succeeded'),
  );
  const states = kept.map(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
    const owner = metadata.ownerReferences?.[0];
    // The name of a ReplicaSet ends in a hash of its pods' template.
    const name = owner?.kind === 'ReplicaSet' ? owner.name.replace(/-[a-z0-9]+$/, '') : owner?.name;
    return `${owner?.kind}/${name} ${status?.phase} ready=${ready}`;
  });
  return [...new Set(states)].map((state) => `${states.filter((other) => other === state).length} x ${state}`).sort();
}

/** Runs `valkey-cli` in a pod. */
export function redis(world: World, pod: string, ...command: string[]): string {
  const script = `valkey-cli -h "$POD_IP" ${command.join(' ')}`;
  return kubectl(world, '-n', 'moodle', 'exec', pod, '--container', 'redis', '--', 'sh', '-c', script);
}

/** The shape of a Redis Cluster: which slot ranges there are, and how many replicas stand behind each. */
export function redisShape(world: World, statefulSet: string): string[] {
  const nodes = redis(world, `${statefulSet}-0`, 'cluster nodes')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(' '));
  const shards = nodes
    .filter(([, , flags = '']) => flags.includes('master'))
    .map(([id, , , , , , , link, ...slots]) => {
      const replicas = nodes.filter(([, , flags = '', of]) => flags.includes('slave') && of === id);
      const connected = replicas.filter((replica) => replica[7] === 'connected').length;
      return `${statefulSet} ${slots.join(',')} ${link} with ${connected} of ${replicas.length} replicas connected`;
    });
  const info = redis(world, `${statefulSet}-0`, 'cluster info').split(/\r?\n/);
  return [...shards, ...info.filter((line) => /^cluster_(state|slots_ok|known_nodes|size):/.test(line))].sort();
}

/** The outputs in Terraform's local state; the request message ends in a nonce of each deployment's own. */
function terraformOutputs(directory: string, environment: string): string[] {
  return ['infra', 'frontend'].flatMap((root) => {
    const file = join(directory, 'state/terraform', environment, `${root}.tfstate`);
    if (!existsSync(file)) return [`${root}: no state`];
    const { outputs } = JSON.parse(readFileSync(file, 'utf8')) as { outputs: Record<string, { value: unknown }> };
    return Object.entries(outputs).map(([name, { value }]) =>
      `${root} ${name} = ${JSON.stringify(value)}`.replace(/\b[0-9a-f]{32}\b/, '<nonce>'),
    );
  });
}

/** Who asked for the private link, and what came of it. */
export function connections(directory: string): { status: string; ours: boolean }[] {
  const state = JSON.parse(readFileSync(join(directory, 'state/azure/state.json'), 'utf8')) as {
    connections: { name: string; status: string }[];
    origin?: { connection?: string };
  };
  return state.connections.map(({ name, status }) => ({ status, ours: name === state.origin?.connection }));
}

/** Reads everything of a world that is up. */
export function readEndState(directory: string, environment: string): EndState {
  const world = readWorld(directory);
  return {
    objects: objects(world, DERIVED)
      .filter((object) => object.kind !== 'Job' || !isLook(object.metadata.name, isComplete(object)))
      .map(describeObject)
      .sort(),
    pods: describePods(world),
    redis: [...redisShape(world, 'redis-sessions'), ...redisShape(world, 'redis-cache')],
    terraform: terraformOutputs(directory, environment),
    tables: [
      ...sql(world, "select tablename || ' ' || tableowner from pg_tables where schemaname = 'public' order by 1"),
      ...sql(world, "select name || ' = ' || value from mdl_config where name in ('version', 'release') order by 1"),
      ...sql(world, "select count(*) || ' administrators' from mdl_user where username = 'admin'"),
    ],
    connections: connections(directory).map(({ status, ours }) => `${ours ? 'ours' : 'foreign'} ${status}`),
  };
}

/** What differs between two end states, as lines with `-` for what only the first has and `+` for the second. */
export function differences(expected: EndState, actual: EndState): string[] {
  return (Object.keys(expected) as (keyof EndState)[]).flatMap((aspect) => [
    ...expected[aspect].filter((line) => !actual[aspect].includes(line)).map((line) => `- ${aspect}: ${line}`),
    ...actual[aspect].filter((line) => !expected[aspect].includes(line)).map((line) => `+ ${aspect}: ${line}`),
  ]);
}
