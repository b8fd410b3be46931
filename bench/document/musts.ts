/** What the product promises of its speed, as the most that a ratio may be. */
import type { Result } from '../harness.ts';

/** One promise. */
export interface Must {
  text: string;
  most: number;
  /** Which results it is about; the worst of them counts. */
  covers: (result: Result) => boolean;
}

export const MUSTS: readonly Must[] = [
  {
    text: 'Cold start of every bundle, to its first log line: at most 3 times bare Node',
    most: 3,
    covers: ({ bench }) => bench.startsWith('cold-start/') && bench !== 'cold-start/kubectl',
  },
  {
    text: 'Code of every bundle: within 1.5 MB',
    most: 1,
    covers: ({ bench }) => bench.startsWith('bundle-size/'),
  },
  {
    text: 'Rendering a plan of 5,000 resources: at most 4 times `JSON.parse` of it',
    most: 4,
    covers: ({ bench, size }) => bench === 'plan/render' && size === 5000,
  },
  {
    text: 'Forming and proving a Redis Cluster of 6 or 20 nodes: at most half the time of `redis-cli --cluster create`',
    most: 0.5,
    covers: ({ bench, size }) => bench === 'redis/form' && size <= 20,
  },
  {
    text: 'Of 40 or 100 nodes: at most a quarter',
    most: 0.25,
    covers: ({ bench, size }) => bench === 'redis/form' && size > 20,
  },
  {
    text: 'A Redis Cluster of 40 nodes that has nothing to be done to it: at most 3 kubectl processes',
    most: 3,
    covers: ({ bench }) => bench === 'redis/no-op-kubectl',
  },
  {
    text: 'The same, with an API server 50 ms away: at most twice one `kubectl exec … redis-cli cluster info`',
    most: 2,
    covers: ({ bench }) => bench.startsWith('redis/no-op-far'),
  },
  {
    text: 'The same over loopback, where a process takes longer to start than to be answered: at most twice',
    most: 2,
    covers: ({ bench }) => bench === 'redis/no-op',
  },
  {
    text: 'Deploying again with nothing to do: at most a quarter of the first deployment, without what Azure takes for it',
    most: 0.25,
    covers: ({ bench }) => bench === 'rehearsal/no-op',
  },
];

/** The result that comes nearest to breaking it, or breaks it most. */
export function worstOf({ covers }: Must, results: readonly Result[]): Result | undefined {
  return results.filter(covers).sort((a, b) => b.ratio - a.ratio)[0];
}
