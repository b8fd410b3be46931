/**
 * What would change of 100 objects, half of which differ from what the cluster has: ours renders, compares and plans
 * with three kubectl processes whatever the number of objects; `kubectl diff --server-side` of the same folder shows them.
 * The start of the action's own process is not in it: it is paid once a step, and `cold-start` has it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '../rehearsal/kubernetes/testing/cluster.ts';
import { inTurns, type Result, resultOf } from './harness.ts';
import { plan } from './manifests-plan.ts';
import { untilEnd } from './process-times.ts';

const SIZES = [20, 100];
const RUNS = 7;
/** `kubectl diff` says 1 when something differs. */
const DIFFERS = 1;

export async function* bench(): AsyncGenerator<Result> {
  for (const size of SIZES) {
    const cluster = await startCluster();
    try {
      const folder = join(cluster.directory, 'manifests');
      const cache = join(cluster.directory, 'cache');
      const kubeconfig = join(cluster.directory, 'kubeconfig');
      mkdirSync(folder);
      const write = (changed: number): void =>
        writeFileSync(
          join(folder, 'objects.json'),
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(size, changed) }),
        );
      writeFileSync(join(folder, 'kustomization.yaml'), 'namespace: site\nresources: [objects.json]\n');
      write(0);
      cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'site' } }, 'bench');
      const applied = await cluster.kubectl(['apply', '--server-side', '--kustomize', folder]);
      if (applied.code !== 0) throw new Error(applied.stderr);
      write(size / 2);
      const env = { ...process.env, KUBECACHEDIR: cache };
      const flags = ['--kubeconfig', kubeconfig, '--server-side', '--force-conflicts', '--kustomize', folder];
      const requests: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] };
      const counting = (who: keyof typeof requests, work: () => Promise<number>) => async (): Promise<number> => {
        const before = cluster.requests.length;
        const milliseconds = await work();
        requests[who].push(cluster.requests.length - before);
        return milliseconds;
      };
      yield await inTurns({
        bench: 'manifests/plan',
        size,
        unit: 'ms',
        runs: RUNS,
        warmUp: 1,
        ours: counting('ours', () => plan({ kubeconfig, cacheDirectory: cache, folder, steps: size / 2 })),
        baseline: counting('baseline', () => untilEnd('kubectl', ['diff', ...flags], { env, expected: [DIFFERS] })),
      });
      yield resultOf({ bench: 'manifests/requests', size, unit: 'requests', ...requests });
    } finally {
      await cluster.close();
    }
  }
}

/** Configuration, services and workloads, as a site has them; the first so many with another value. */
function objects(count: number, changed: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const value = index < changed ? 'new' : 'old';
    const metadata = { name: `object-${index}`, labels: { app: `a${index % 10}` } };
    const kinds = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value, more: 'x'.repeat(200) } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...metadata, annotations: { value } },
        spec: { selector: metadata.labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          selector: { matchLabels: metadata.labels },
          template: {
            metadata: { labels: metadata.labels },
            spec: { containers: [{ name: 'main', image: 'site/main', env: [{ name: 'VALUE', value }] }] },
          },
        },
      },
    ];
    return kinds[index % kinds.length] ?? {};
  });
}
