/** The action: manifests, pods, cluster, proof. */
import { randomUUID } from 'node:crypto';
import { connectCluster } from '#toolkit/action/cluster';
import { codeBlock } from '#toolkit/action/markdown';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import { summarize } from '#toolkit/action/summary';
import { UserError } from '#toolkit/errors';
import { applyObjects } from '#toolkit/kube/apply-objects';
import { type Comparison, compareNothing } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { planObjects } from '#toolkit/kube/object-plan';
import { waitForRollout } from '#toolkit/kube/rollout';
import { type Observed, type Plan, plan, wantedFrom } from './action-plan.ts';
import { type Wanted, wantedPrimaries } from './classify.ts';
import { type LivePod, REDIS_PORT } from './cluster-view.ts';
import type { contract } from './contract.ts';
import { type Converged, converge, summarizeProblems } from './converge.ts';
import { describeStep, placementWarnings, stateName } from './describe.ts';
import { compareManifests, OWNERSHIP, renderManifests } from './manifests.ts';
import { type RedisNodes, type RedisNodesOptions, redisNodes } from './nodes.ts';
import type { ClusterStep } from './plan.ts';
import { readRedisSet, readZones, redisSetOf, seedsOf } from './pods.ts';
import { probeProblem, probeRequest } from './probe-keys.ts';
import { diagram, type Shard, shardsOf, shardTable } from './topology.ts';
import { findProblems } from './verify.ts';

type Context = ActionContext<typeof contract>;

/** Forms or heals the cluster that the inputs ask for. */
export async function bootstrap(context: Context): Promise<ActionResult<typeof contract>> {
  const { inputs, log, clock, signal } = context;
  const wanted = wantedFrom(inputs);
  const deadline = clock.now() + inputs.timeout;
  const kube = await connectCluster(context);
  const done: Step[] = [];
  let nodes: RedisNodes | undefined;
  let end: Converged | undefined;

  const settle = (present: RedisNodes): Promise<Converged> => {
    const onDone = (steps: readonly ClusterStep[]) => done.push(...steps.map(describeStep));
    return converge({ nodes: present, wanted, clock, log, signal, deadline, onDone });
  };
  const {
    outcome,
    observed,
    plan: made,
  } = await reconcile<Observed, Plan>(inputs.mode, log, {
    observe: async () => {
      const seen = await observe(context, kube);
      nodes = seen.nodes;
      return seen;
    },
    plan: (seen) => {
      const planned = plan(seen, wanted, inputs);
      if (planned.steps.length === 0) end = { pods: seen.pods, plan: planned.topology };
      return planned;
    },
    apply: async ({ steps }, { changes }) => {
      const cluster = present(kube);
      if (changes.apply.length > 0) {
        await applyObjects(changes, { kube: cluster, log, ...OWNERSHIP });
        done.push(...changes.steps);
        const timeoutMilliseconds = Math.max(0, deadline - clock.now());
        const workload = { kind: 'StatefulSet', name: inputs.statefulSet } as const;
        await waitForRollout(workload, { kube: cluster, log, clock, signal, timeoutMilliseconds });
      }
      done.push(...steps.filter(({ action }) => action === 'wait'));
      nodes = await nodesNow(context, cluster);
      end = await settle(nodes);
    },
    verify: async () => {
      if (end === undefined || nodes === undefined) throw new Error('There is nothing to verify.');
      await probeShards(end, nodes, wanted);
      log.info(`${inputs.statefulSet}: every node agrees, every slot is served, every replica is in step.`);
    },
  });

  const pods = end?.pods ?? observed.pods;
  const topology = end?.plan ?? made.topology;
  const shards = shardsOf(topology.groups);
  for (const warning of placementWarnings(topology.groups)) log.warning(warning);
  const steps = inputs.mode === 'apply' ? done : made.steps;
  return {
    outcome,
    steps,
    outputs: {
      ...(observed.set === undefined
        ? {}
        : { seeds: seedsOf({ ...observed.set, replicas: wanted.nodes }, inputs.namespace, REDIS_PORT) }),
      primaries: wantedPrimaries(wanted),
      replicas: wanted.nodes - wantedPrimaries(wanted),
      topology: { state: stateName(topology, findProblems(pods, wanted)), shards },
    },
    summary: summarize(`Redis Cluster ${inputs.statefulSet}`, outcome, steps, picture(shards)),
  };
}

function picture(shards: readonly Shard[]): string {
  return shards.length === 0 ? '' : `${shardTable(shards)}\n\n${codeBlock(diagram(shards), 'mermaid')}`;
}

/** Reads manifests, StatefulSet, pods and nodes. Without a cluster only the manifests are known. */
async function observe(context: Context, kube: Kube | undefined): Promise<Observed & { nodes?: RedisNodes }> {
  const { inputs, exec } = context;
  const { manifests, statefulSet } = inputs;
  const objects = manifests === undefined ? [] : await renderManifests({ ...inputs, manifests }, exec);
  const isTarget = ({ kind, metadata }: KubeObject): boolean => kind === 'StatefulSet' && metadata.name === statefulSet;
  const rendered = objects.find(isTarget);
  const future = rendered === undefined ? undefined : redisSetOf(rendered);
  const comparison = await compareIfThereIs(kube, objects);
  const changes = planObjects(comparison);
  const live = comparison.pairs.find((pair) => isTarget(pair.rendered))?.live;
  const set =
    live !== undefined
      ? redisSetOf(live)
      : kube !== undefined && manifests === undefined
        ? await readRedisSet(kube, statefulSet)
        : undefined;
  if (kube === undefined || set === undefined) return { set: future, exists: false, changes, pods: [] };
  const nodes = redisNodes({ ...(await asking(context, kube)), set });
  return { set, exists: true, changes, pods: await nodes.observe(), nodes };
}

/** Without a cluster, or without manifests, there is nothing to ask. */
async function compareIfThereIs(kube: Kube | undefined, objects: readonly KubeObject[]): Promise<Comparison> {
  if (kube === undefined) return compareNothing(objects, 'after infra');
  return objects.length === 0 ? compareNothing([], '') : compareManifests(kube, objects);
}

/** The nodes of the StatefulSet as it is now, on the machines that there are now. */
async function nodesNow(context: Context, kube: Kube): Promise<RedisNodes> {
  const { statefulSet, namespace } = context.inputs;
  const set = await readRedisSet(kube, statefulSet);
  if (set === undefined) throw new UserError(`There is no StatefulSet "${statefulSet}" in namespace "${namespace}".`);
  return redisNodes({ ...(await asking(context, kube)), set });
}

async function asking({ inputs, log, clock }: Context, kube: Kube): Promise<Omit<RedisNodesOptions, 'set'>> {
  return { kube, zones: await readZones(kube, log), log, clock, commandTimeoutMilliseconds: inputs.commandTimeout };
}

/** Writes to every shard and reads it back. */
async function probeShards({ pods, plan: { groups } }: Converged, nodes: RedisNodes, wanted: Wanted): Promise<void> {
  const value = randomUUID();
  const primaries = groups.map(({ primary }) => primary as LivePod);
  const requests = primaries.map((primary) => probeRequest(primary, value, wanted.replicasPerPrimary));
  const replies = await nodes.send(requests, pods);
  const problems = primaries.flatMap((primary, index) => {
    const reply = replies[index];
    return (reply && probeProblem(primary, value, wanted.replicasPerPrimary, reply)) ?? [];
  });
  if (problems.length > 0)
    throw new UserError(`The cluster is formed but does not serve: ${summarizeProblems(problems)}.`);
}

/** Mode `apply` never begins without a cluster; see `connectCluster`. */
function present(kube: Kube | undefined): Kube {
  if (kube === undefined) throw new Error('There is no cluster to apply to.');
  return kube;
}
