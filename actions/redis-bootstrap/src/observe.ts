/** Reads what there is: manifests, StatefulSet, pods and nodes, in as few calls as can be. */
import { randomUUID } from 'node:crypto';
import type { ActionContext } from '#toolkit/action/run';
import { type Comparison, compareNothing } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { renderKustomization } from '#toolkit/kube/kustomize';
import { planObjects } from '#toolkit/kube/object-plan';
import type { Observed } from './action-plan.ts';
import { clientFrom } from './client.ts';
import type { contract } from './contract.ts';
import { compareManifests, sizeObjects } from './manifests.ts';
import { type RedisNodes, redisNodes } from './nodes.ts';
import { type OpenShell, openShell } from './open-shell.ts';
import { listPods, podViews, type RedisSet, readSnapshot, redisSetOf, type Snapshot } from './pods.ts';

type Context = ActionContext<typeof contract>;

/** How long the shell for the first look may take: reading the objects, and the nodes' answers. */
const SHELL_MILLISECONDS = 90_000;

/** What was read, and the way to the nodes when there are any. */
export interface Observation extends Observed {
  nodes?: RedisNodes;
}

/** Without a cluster only the manifests are known. */
export async function observe(context: Context, kube: Kube | undefined): Promise<Observation> {
  const shell = kube === undefined ? undefined : openShell(kube, `${context.inputs.statefulSet}-0`, SHELL_MILLISECONDS);
  try {
    return await observeWith(context, kube, shell);
  } finally {
    shell?.close();
  }
}

async function observeWith(
  context: Context,
  kube: Kube | undefined,
  shell: OpenShell | undefined,
): Promise<Observation> {
  const { inputs, exec, log } = context;
  const { manifests, statefulSet } = inputs;
  const [rendered, snapshot] = await Promise.all([
    manifests === undefined ? [] : renderKustomization(manifests, exec),
    kube === undefined ? undefined : readSnapshot(kube, statefulSet, log),
  ]);
  const live = snapshot?.set === undefined ? undefined : redisSetOf(snapshot.set);
  // Pods go when they hold nothing any more, not before.
  const replicas = Math.max(inputs.nodes, live?.replicas ?? 0);
  const objects = manifests === undefined ? [] : sizeObjects(rendered, { ...inputs, manifests, nodes: replicas });
  const target = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === statefulSet);
  if (kube === undefined || snapshot === undefined || live === undefined) {
    const comparison = await compareIfThereIs(kube, objects);
    const future = target === undefined ? undefined : redisSetOf(target);
    return { set: future, exists: false, changes: planObjects(comparison), pods: [], ...(target ? { target } : {}) };
  }
  const nodes = nodesOf(context, kube, live, { ...snapshot, shell });
  const [comparison, pods] = await Promise.all([
    compareIfThereIs(kube, objects),
    nodes.observe({ proving: inputs.mode === 'apply' }),
  ]);
  return { set: live, exists: true, changes: planObjects(comparison), pods, nodes, ...(target ? { target } : {}) };
}

/** Without a cluster, or without manifests, there is nothing to ask. */
async function compareIfThereIs(kube: Kube | undefined, objects: readonly KubeObject[]): Promise<Comparison> {
  if (kube === undefined) return compareNothing(objects, 'after infra');
  return objects.length === 0 ? compareNothing([], '') : compareManifests(kube, objects);
}

/** The nodes of a StatefulSet. The pods of the snapshot are looked up again only when they are asked for once more. */
export function nodesOf(
  context: Context,
  kube: Kube,
  set: RedisSet,
  { pods, zones, shell }: Snapshot & { shell?: OpenShell | undefined },
): RedisNodes {
  const { inputs, log, clock } = context;
  let first: readonly KubeObject[] | undefined = pods;
  return redisNodes({
    kube,
    container: set.container,
    pods: async () => {
      const objects = first ?? (await listPods(kube, set));
      first = undefined;
      return podViews(objects, set, { zones, port: inputs.port });
    },
    log,
    clock,
    commandTimeoutMilliseconds: inputs.commandTimeout,
    client: clientFrom(inputs),
    replicas: inputs.replicasPerPrimary,
    probeValue: randomUUID(),
    shell,
  });
}
