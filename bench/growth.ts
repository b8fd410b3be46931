/**
 * What grows with the number of users, and how near it comes to what Azure, AKS and GitHub allow. The sizes are the capacity
 * model's; the requests are counted, with the committed bundle against the stand-in's API server.
 *
 * - `growth/web-requests`: requests to Kubernetes to deploy the web pods of so many users, against those of the fewest;
 * - `growth/pods`, `growth/nodes-of-a-pool`, `growth/nodes`, `growth/front-door-requests`, `growth/database-cores`: against
 *   the documented limit. A ratio above 1 is a limit that is reached.
 */
import { join, resolve } from 'node:path';
import { podInputs } from '../actions/deploy-moodle/test/inputs.ts';
import { startNode } from '../actions/deploy-moodle/test/node.ts';
import { startCluster } from '../rehearsal/kubernetes/testing/cluster.ts';
import { openModel, type Sizes } from '../scripts/capacity/model.ts';
import { runAction } from '../test/support/action-process.ts';
import { type Result, resultOf, type Unit } from './harness.ts';

const USERS = [1000, 10_000, 100_000, 400_000, 1_000_000];
const MANIFESTS = resolve(import.meta.dirname, '../manifests');

/**
 * Limits of AKS: https://learn.microsoft.com/azure/aks/quotas-skus-regions; of pods in a cluster:
 * https://kubernetes.io/docs/setup/best-practices/cluster-large/; of Front Door and of the database: the model's own.
 */
const LIMITS: readonly { name: string; unit: Unit; limit: number; needed: (sizes: Sizes) => number }[] = [
  { name: 'pods', unit: 'objects', limit: 150_000, needed: podsOf },
  { name: 'nodes-of-a-pool', unit: 'objects', limit: 1000, needed: (sizes) => Math.max(...nodesOf(sizes)) },
  {
    name: 'nodes',
    unit: 'objects',
    limit: 5000,
    needed: (sizes) => nodesOf(sizes).reduce((sum, count) => sum + count, 0),
  },
  { name: 'front-door-requests', unit: 'requests', limit: 100_000, needed: (sizes) => sizes.edge_requests_per_second },
  { name: 'database-cores', unit: 'objects', limit: 96, needed: (sizes) => sizes.database.vcores_needed },
];

export async function* bench(): AsyncGenerator<Result> {
  const model = openModel();
  try {
    let fewest: number | undefined;
    for (const users of USERS) {
      const sizes = model.sizes({ users });
      const requests = await requestsToDeploy(sizes.web_replicas);
      fewest ??= requests;
      yield resultOf({
        bench: 'growth/web-requests',
        size: users,
        unit: 'requests',
        ours: [requests],
        baseline: [fewest],
      });
      for (const { name, unit, limit, needed } of LIMITS)
        yield resultOf({ bench: `growth/${name}`, size: users, unit, ours: [needed(sizes)], baseline: [limit] });
    }
  } finally {
    model.close();
  }
}

function podsOf(sizes: Sizes): number {
  const { web_replicas: web, cron_replicas: cron, pgbouncer_replicas: pgbouncer } = sizes;
  return web + cron + pgbouncer + sizes.redis_sessions_nodes + sizes.redis_cache_nodes;
}

function nodesOf({ node_pools: pools }: Sizes): number[] {
  return Object.values(pools).map(({ max_count: most }) => most);
}

/** Requests of one run of deploy-moodle that makes the web pods and waits for them. */
async function requestsToDeploy(replicas: number): Promise<number> {
  const cluster = await startCluster();
  const node = startNode(cluster.store);
  try {
    const metadata = { name: 'moodle-config', namespace: 'moodle' };
    cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } }, 'bench');
    cluster.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { MOODLE_TIMEZONE: 'UTC' } }, 'bench');
    const kubeconfig = join(cluster.directory, 'kubeconfig');
    const inputs = { mode: 'apply', manifests: MANIFESTS, kubeconfig, ...podInputs('web'), replicas: String(replicas) };
    const end = await runAction({ action: 'actions/deploy-moodle', inputs });
    if (end.exitCode !== 0) throw new Error(`${replicas} web pods were not deployed: ${end.errors.join(' ')}`);
    return cluster.requests.length;
  } finally {
    node.stop();
    await cluster.close();
  }
}
