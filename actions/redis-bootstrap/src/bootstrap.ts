/** The action: manifests, pods, cluster, proof. */
import { connectCluster } from '#toolkit/action/cluster';
import { fingerprintOf } from '#toolkit/action/fingerprint';
import { codeBlock } from '#toolkit/action/markdown';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import { summarize } from '#toolkit/action/summary';
import { UserError } from '#toolkit/errors';
import { applyObjects } from '#toolkit/kube/apply-objects';
import type { Kube } from '#toolkit/kube/kube';
import { waitForRollout } from '#toolkit/kube/rollout';
import { type Plan, plan, wantedFrom } from './action-plan.ts';
import { type Wanted, wantedPrimaries } from './classify.ts';
import { clientFrom } from './client.ts';
import { type LivePod, livePods } from './cluster-view.ts';
import type { contract } from './contract.ts';
import { type Converged, converge, summarizeProblems } from './converge.ts';
import { describeStep, placementWarnings, stateName } from './describe.ts';
import { diagram } from './diagram.ts';
import { OWNERSHIP } from './manifests.ts';
import type { RedisNodes } from './nodes.ts';
import { nodesOf, type Observation, observe } from './observe.ts';
import { readSnapshot, redisSetOf, seedsOf } from './pods.ts';
import { probeProblem } from './probe.ts';
import { scale } from './scale.ts';
import { type Shard, shardsOf, shardTable } from './topology.ts';
import { findProblems } from './verify.ts';

type Context = ActionContext<typeof contract>;

/** Forms, heals or resizes the cluster that the inputs ask for. */
export async function bootstrap(context: Context): Promise<ActionResult<typeof contract>> {
  const { inputs, log } = context;
  const wanted = wantedFrom(inputs);
  clientFrom(inputs);
  const kube = await connectCluster(context);
  const done: Step[] = [];
  let end: Converged | undefined;
  let nodes: RedisNodes | undefined;
  const {
    outcome,
    observed,
    plan: made,
  } = await reconcile<Observation, Plan>(inputs.mode, log, {
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
    apply: async ({ steps }, seen) => {
      done.push(...steps.filter(({ action }) => action === 'wait'));
      const changing = {
        context,
        kube: present(kube),
        wanted,
        seen,
        done,
        deadline: context.clock.now() + inputs.timeout,
      };
      ({ end, nodes } = await change(changing));
    },
    verify: async () => {
      if (end === undefined || nodes === undefined) throw new Error('There is nothing to verify.');
      await proveShards(end, nodes, wanted);
      log.info(`${inputs.statefulSet}: every node agrees, every slot is served, every replica is in step.`);
    },
  });

  const pods = end?.pods ?? observed.pods;
  const topology = end?.plan ?? made.topology;
  const shards = shardsOf(topology.groups);
  for (const warning of placementWarnings(topology.groups)) log.warning(warning);
  const steps = inputs.mode === 'apply' ? done : made.steps;
  const state = stateName(topology, { pods: pods.length, problems: findProblems(pods, wanted), wanted });
  return {
    outcome,
    steps,
    outputs: {
      ...(observed.set === undefined
        ? {}
        : { seeds: seedsOf({ ...observed.set, replicas: wanted.nodes }, inputs.namespace, inputs.port) }),
      fingerprint: fingerprintOf(made.steps, observed.changes.apply),
      primaries: wantedPrimaries(wanted),
      replicas: wanted.nodes - wantedPrimaries(wanted),
      topology: { state, shards },
    },
    summary: summarize(`Redis Cluster ${inputs.statefulSet}`, outcome, steps, picture(shards)),
  };
}

interface Changing {
  context: Context;
  kube: Kube;
  wanted: Wanted;
  seen: Observation;
  done: Step[];
  deadline: number;
}

/** Objects and more pods first, then the cluster, then fewer pods. */
async function change({
  context,
  kube,
  wanted,
  seen,
  done,
  deadline,
}: Changing): Promise<{ end: Converged; nodes: RedisNodes }> {
  const { inputs, log, clock, signal } = context;
  const { statefulSet } = inputs;
  const { changes, target, set } = seen;

  const settled = async (): Promise<RedisNodes> => {
    const timeoutMilliseconds = Math.max(0, deadline - clock.now());
    await waitForRollout({ kind: 'StatefulSet', name: statefulSet }, { kube, log, clock, signal, timeoutMilliseconds });
    return nodesNow(context, kube);
  };
  const scaleTo = async (from: number): Promise<RedisNodes> => {
    await scale(kube, statefulSet, inputs.nodes, target);
    const reason = `${from} to ${inputs.nodes} pods`;
    log.info(`scale StatefulSet/${statefulSet}: ${reason}`);
    done.push({ action: 'scale', target: `StatefulSet/${statefulSet}`, reason });
    return settled();
  };
  const bring = (nodes: RedisNodes, pods?: Observation['pods']): Promise<Converged> =>
    converge(
      { nodes, wanted, clock, log, signal, deadline, onDone: (steps) => done.push(...steps.map(describeStep)) },
      pods,
    );

  let { nodes } = seen;
  let pods: Observation['pods'] | undefined = seen.pods;
  const replicas = set?.replicas ?? 0;
  if (changes.apply.length > 0) {
    await applyObjects(changes, { kube, log, ...OWNERSHIP });
    done.push(...changes.steps);
    [nodes, pods] = [await settled(), undefined];
  } else if (replicas < inputs.nodes) {
    [nodes, pods] = [await scaleTo(replicas), undefined];
  }
  if (nodes === undefined) throw new Error('There are no nodes.');
  const end = await bring(nodes, pods);
  if (seen.exists && replicas > inputs.nodes) {
    const left = await scaleTo(replicas);
    return { end: await bring(left), nodes: left };
  }
  return { end, nodes };
}

/** The nodes of the StatefulSet as it is now, on the machines that there are now. */
async function nodesNow(context: Context, kube: Kube): Promise<RedisNodes> {
  const { statefulSet, namespace } = context.inputs;
  const snapshot = await readSnapshot(kube, statefulSet, context.log);
  if (snapshot.set === undefined) {
    throw new UserError(`There is no StatefulSet "${statefulSet}" in namespace "${namespace}".`);
  }
  return nodesOf(context, kube, redisSetOf(snapshot.set), snapshot);
}

/** Every shard has been written to and read from; when that was not seen in the last look, it is done now. */
async function proveShards({ pods, plan: { groups } }: Converged, nodes: RedisNodes, wanted: Wanted): Promise<void> {
  const primaries = new Set(groups.map(({ primary }) => primary.pod));
  const problemsOf = (some: readonly LivePod[]): string[] =>
    some
      .filter(({ pod }) => primaries.has(pod))
      .flatMap((primary) => probeProblem(primary, wanted.replicasPerPrimary) ?? []);
  if (problemsOf(livePods(pods)).length === 0) return;
  const problems = problemsOf(livePods(await nodes.observe({ proving: true })));
  if (problems.length > 0) {
    throw new UserError(`The cluster is formed but does not serve: ${summarizeProblems(problems)}.`);
  }
}

function picture(shards: readonly Shard[]): string {
  const drawn = diagram(shards);
  if (shards.length === 0) return '';
  return drawn === '' ? shardTable(shards) : `${shardTable(shards)}\n\n${codeBlock(drawn, 'mermaid')}`;
}

/** Mode `apply` never begins without a cluster; see `connectCluster`. */
function present(kube: Kube | undefined): Kube {
  if (kube === undefined) throw new Error('There is no cluster to apply to.');
  return kube;
}
