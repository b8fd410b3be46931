/**
 * A run of redis-bootstrap, the committed bundle as a process, on a cluster that has nothing to be done to it: objects read,
 * every node asked, every shard proven. The baseline is one `kubectl exec … redis-cli cluster info`, which asks one node.
 * Both have the same home and have been run before, as the steps of a job: what kubectl keeps there is there for both.
 *
 * - `redis/no-op`: over loopback, where it takes longer to start a process than to be answered by one.
 * - `redis/no-op-floor`: what of it the processes take by themselves. A Node process without a line of ours starts the same
 *   two kubectl, hands the script to the one when the other has ended, and ends with it.
 * - `redis/no-op-far`: with an API server at the distance that it has from a hosted runner in another region.
 * - `redis/no-op-far-first`: the same where nobody has used kubectl yet, so that it first asks which kinds there are.
 * - `redis/no-op-kubectl`: how many kubectl processes it starts.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fanOutScript } from '../actions/redis-bootstrap/src/fan-out.ts';
import { OBSERVE_COMMANDS } from '../actions/redis-bootstrap/src/node-answer.ts';
import { probeStage } from '../actions/redis-bootstrap/src/probe.ts';
import { CLIENT } from '../actions/redis-bootstrap/test/redis-servers.ts';
import { GOGC } from '../toolkit/kube/kubectl-environment.ts';
import { inTurns, type Result, resultOf } from './harness.ts';
import { untilEnd } from './process-times.ts';
import { FreshCluster, NODE_TIMEOUTS } from './redis/fresh-cluster.ts';

const SIZE = 40;
const RUNS = 15;
/** The round trip between a hosted runner and an API server in another region, in milliseconds. */
const FAR_MILLISECONDS = 50;
const FLOOR = resolve(import.meta.dirname, 'redis/floor.mjs');

export async function* bench(): AsyncGenerator<Result> {
  const cluster = await FreshCluster.start(SIZE, NODE_TIMEOUTS.manifests);
  try {
    await cluster.bootstrap();
    const job = cluster.job('used');
    const baseline = (): Promise<number> => exec(cluster, job);
    yield await race('redis/no-op', () => action(cluster, job), baseline);
    yield await race('redis/no-op-floor', () => floor(cluster, job), baseline);
    const far = await cluster.moveAway(FAR_MILLISECONDS);
    yield await race(
      'redis/no-op-far',
      () => action(cluster, job, far),
      () => exec(cluster, job, far),
    );
    let jobs = 0;
    const newJob = (): string => {
      jobs += 1;
      return cluster.job(`new-${jobs}`);
    };
    yield await race(
      'redis/no-op-far-first',
      () => action(cluster, newJob(), far),
      () => exec(cluster, newJob(), far),
    );
    const before = cluster.stage.calls.length;
    await cluster.stage.run('apply', { inputs: { nodes: String(SIZE) } });
    const ours = [cluster.stage.calls.length - before];
    yield resultOf({ bench: 'redis/no-op-kubectl', size: SIZE, unit: 'processes', ours, baseline: [1] });
  } finally {
    await cluster.close();
  }
}

function race(bench: string, ours: () => Promise<number>, baseline: () => Promise<number>): Promise<Result> {
  return inTurns({ bench, size: SIZE, unit: 'ms', runs: RUNS, warmUp: 2, ours, baseline });
}

/** Ours, from its start to its end. */
async function action(cluster: FreshCluster, job: string, kubeconfig?: string): Promise<number> {
  const start = performance.now();
  const { outputs } = await cluster.bootstrap({ job, ...(kubeconfig === undefined ? {} : { kubeconfig }) });
  const milliseconds = performance.now() - start;
  if (outputs.outcome !== 'unchanged') throw new Error('There was something to do.');
  return milliseconds;
}

/** What somebody would type who wants to know whether one node is content. */
function exec(cluster: FreshCluster, job: string, kubeconfig = cluster.kubeconfig): Promise<number> {
  const [ip = ''] = cluster.ips;
  const connection = [`--kubeconfig=${kubeconfig}`, '--namespace=moodle'];
  const ask = ['exec', 'redis-sessions-0', '--', CLIENT, '-h', ip, 'cluster', 'info'];
  return untilEnd('kubectl', [...connection, ...ask], { env: environment(job) });
}

/** The processes of ours, and nothing else of it. */
function floor(cluster: FreshCluster, job: string): Promise<number> {
  const script = join(job, 'script');
  writeFileSync(script, wholeLook(cluster.ips));
  const files = [cluster.kubeconfig, script];
  return untilEnd(process.execPath, [FLOOR, ...files], { env: { ...environment(job), GOGC } });
}

/** The script of a run that finds nothing to do. */
function wholeLook(ips: readonly string[]): string {
  const nodes = ips.map((ip) => ({ ip, port: 6379 }));
  const look = { requests: nodes.map((node) => ({ ...node, commands: OBSERVE_COMMANDS })) };
  return fanOutScript([look, probeStage(nodes, 'floor', 1)], { seconds: 5, client: { port: 6379, tls: false } });
}

function environment(job: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: job };
}
