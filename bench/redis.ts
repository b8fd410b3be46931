/**
 * Redis clusters: ours is the committed bundle as a process, from its start to its end, with everything in it: reading the
 * objects through kubectl, forming, and the proof that every node agrees and every shard takes writes. The servers are real,
 * fresh before each run, and the same for both; who goes first changes.
 *
 * - `redis/form` against `redis-cli --cluster create`, from its start to its end, with the node timeout that servers have by
 *   themselves, 15 s. It proves less, and ends sooner than the cluster serves. `redis/form-manifests` is the same with the 5 s
 *   of our manifests, with which gossip is quicker and `redis-cli` with it.
 * - `redis/form-to-serving`: the runs of `redis/form` until every node says that all slots are served and all replicas are in step,
 *   looked at twenty times a second once the process has ended.
 * - `redis/heal`: every pod restarted at a new address. `redis-cli` has no command for it; the baseline is the cure that is
 *   known by hand, done by a machine that never hesitates: MEET from one node to all others, then REPLICATE on each replica
 *   whose link stays down, to the same state.
 */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../actions/redis-bootstrap/test/ask.ts';
import { CLIENT } from '../actions/redis-bootstrap/test/redis-servers.ts';
import { type Result, resultOf } from './harness.ts';
import { FreshCluster, NODE_TIMEOUTS } from './redis/fresh-cluster.ts';
import { untilServing } from './redis/serving.ts';

const FORM_SIZES = [6, 20, 40, 100];
const FORM_RUNS = 5;
const MANIFESTS_SIZE = 40;
const HEAL_SIZE = 20;
const HEAL_RUNS = 3;

export async function* bench(): AsyncGenerator<Result> {
  for (const size of FORM_SIZES) yield* form(size);
  const { formed } = await formInTurns(MANIFESTS_SIZE, NODE_TIMEOUTS.manifests);
  yield resultOf({ bench: 'redis/form-manifests', size: MANIFESTS_SIZE, unit: 'ms', ...formed });
  yield* heal(HEAL_SIZE);
}

interface Times {
  ours: number[];
  baseline: number[];
}

const WHO = ['ours', 'baseline'] as const;

/** How large, how configured, and how often. */
interface Setting {
  runs: number;
  size: number;
  nodeTimeout: string;
}

/** Both in turns, each on a cluster of its own. */
async function inTurns(
  { runs, size, nodeTimeout }: Setting,
  one: (who: keyof Times, cluster: FreshCluster) => Promise<void>,
): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    for (const who of run % 2 === 0 ? WHO : WHO.toReversed()) {
      const cluster = await FreshCluster.start(size, nodeTimeout);
      try {
        await one(who, cluster);
      } finally {
        await cluster.close();
      }
    }
  }
}

async function* form(size: number): AsyncGenerator<Result> {
  const { formed, serving } = await formInTurns(size, NODE_TIMEOUTS.stock);
  yield resultOf({ bench: 'redis/form', size, unit: 'ms', ...formed });
  yield resultOf({ bench: 'redis/form-to-serving', size, unit: 'ms', ...serving });
}

async function formInTurns(size: number, nodeTimeout: string): Promise<{ formed: Times; serving: Times }> {
  const formed: Times = { ours: [], baseline: [] };
  const serving: Times = { ours: [], baseline: [] };
  await inTurns({ runs: FORM_RUNS, size, nodeTimeout }, async (who, cluster) => {
    const start = performance.now();
    await (who === 'ours' ? cluster.bootstrap() : create(cluster.ips));
    formed[who].push(performance.now() - start);
    await untilServing(cluster.ips);
    serving[who].push(performance.now() - start);
  });
  return { formed, serving };
}

function create(ips: readonly string[]): Promise<void> {
  const nodes = ips.map((ip) => `${ip}:6379`);
  return redisCli(['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes']);
}

function redisCli(words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(CLIENT, words, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${CLIENT} ${words.slice(0, 2).join(' ')} ended with ${code}`)),
    );
  });
}

async function* heal(size: number): AsyncGenerator<Result> {
  const times: Times = { ours: [], baseline: [] };
  await inTurns({ runs: HEAL_RUNS, size, nodeTimeout: NODE_TIMEOUTS.manifests }, async (who, cluster) => {
    await cluster.bootstrap();
    await cluster.moveAll();
    const start = performance.now();
    if (who === 'ours') await cluster.bootstrap();
    else await healByHand(cluster.ips);
    await untilServing(cluster.ips);
    times[who].push(performance.now() - start);
  });
  yield resultOf({ bench: 'redis/heal', size, unit: 'ms', ...times });
}

/** What the answers to those who asked come down to: introduce everybody to one node, and attach anew what stays down. */
async function healByHand([first = '', ...others]: readonly string[]): Promise<void> {
  for (const ip of others) await redisCli(['-h', first, 'cluster', 'meet', ip, '6379']);
  for (;;) {
    const states = await Promise.all(
      [first, ...others].map(async (ip) => ({ ip, said: await ask(ip, ['CLUSTER NODES', 'INFO replication']) })),
    );
    const down = states.filter(({ said }) => said.includes('master_link_status:down'));
    const isWhole = states.every(({ said }) => !/ (?:[a-z,]*fail\??[a-z,]*|[a-z,]*handshake) /.test(said));
    if (isWhole && down.length === 0) return;
    if (isWhole) {
      for (const { ip, said } of down) {
        const primary = /myself,slave ([0-9a-f]{40})/.exec(said)?.[1] ?? '';
        await redisCli(['-h', ip, 'cluster', 'replicate', primary]);
      }
    }
    await delay(1000);
  }
}
