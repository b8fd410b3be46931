/** What runs and what ran before, from the cluster's own history: the Deployment and its ReplicaSets. */
import { isDeepStrictEqual } from 'node:util';
import type { Comparison } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { replicaSetsOf } from '#toolkit/kube/rollout-picture';
import type { Live } from './live.ts';
import { lastGood } from './rollback.ts';
import { imagesOf } from './running.ts';

/** The annotation on pod templates that says from which commit the pods were deployed. */
export const COMMIT = 'moodle-high-scale/commit';

interface Template {
  metadata?: { annotations?: Record<string, string> };
}

function templateOf({ spec }: KubeObject): Template {
  return (spec as { template?: Template }).template ?? {};
}

/** The commit that the pods of a Deployment or ReplicaSet were deployed from; undefined when they do not say. */
export function commitOf(workload: KubeObject): string | undefined {
  return templateOf(workload).metadata?.annotations?.[COMMIT];
}

/** Whether applying would make new pods. Pure. */
export function rollsPods({ pairs }: Comparison, name: string): boolean {
  const pair = pairs.find(({ rendered }) => rendered.kind === 'Deployment' && rendered.metadata.name === name);
  if (pair?.live === undefined || pair.wanted === undefined) return true;
  return !isDeepStrictEqual(templateOf(pair.live), templateOf(pair.wanted));
}

/** The outputs that tell of the pods of now and of those before; what is not there has none. */
export async function revisionOutputs(kube: Kube, live: Promise<Live>): Promise<Record<string, string>> {
  const { deployment } = await live;
  if (deployment === undefined) return {};
  const before = lastGood(deployment, await replicaSetsOf(kube, deployment));
  return { ...told('running', deployment), ...(before === undefined ? {} : told('previous', before)) };
}

function told(when: 'running' | 'previous', workload: KubeObject): Record<string, string> {
  const [image] = imagesOf(workload);
  const commit = commitOf(workload);
  return {
    ...(image === undefined ? {} : { [`${when}Image`]: image }),
    ...(commit === undefined ? {} : { [`${when}Commit`]: commit }),
  };
}
