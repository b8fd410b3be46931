/** The plan of the whole action: objects first, then the cluster, or what can be said of it before the pods run. Pure. */
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import type { ObjectPlan } from '#toolkit/kube/object-plan';
import { type Wanted, wantedPrimaries } from './classify.ts';
import type { PodView } from './cluster-view.ts';
import type { Inputs } from './contract.ts';
import { summarizeProblems } from './converge.ts';
import { describeStep } from './describe.ts';
import { planTopology, type TopologyPlan } from './plan.ts';
import type { RedisSet } from './pods.ts';
import { findProblems } from './verify.ts';

/** What there is. */
export interface Observed {
  /** The StatefulSet as it is, or, before it exists, as it will be. */
  set: RedisSet | undefined;
  exists: boolean;
  /** What applying the manifests would change, with no fewer pods than there are now. */
  changes: ObjectPlan;
  /** The StatefulSet of the manifests, when there are any. */
  target?: KubeObject;
  pods: readonly PodView[];
}

/** What will be done. */
export interface Plan {
  steps: readonly Step[];
  topology: TopologyPlan;
}

/**
 * The wanted shape, by the rules between inputs.
 *
 * @throws UserError when the nodes do not make whole shards, or fewer than three, or the loss is allowed of another cluster
 */
export function wantedFrom(inputs: Inputs): Wanted {
  const { nodes, replicasPerPrimary, allowDataLoss, statefulSet } = inputs;
  const group = replicasPerPrimary + 1;
  if (nodes % group !== 0) {
    throw new UserError(
      `Input "nodes" must be a multiple of ${group}, one primary and its ${replicasPerPrimary} ${replicasPerPrimary === 1 ? 'replica' : 'replicas'} ("replicas-per-primary"); it is ${nodes}.`,
    );
  }
  if (nodes / group < 3) {
    throw new UserError(
      `Input "nodes" must be at least ${3 * group}: Redis Cluster needs three primaries for a majority, and "replicas-per-primary" is ${replicasPerPrimary}; it is ${nodes}.`,
    );
  }
  if (allowDataLoss !== undefined && allowDataLoss !== statefulSet) {
    throw new UserError(
      `Input "allow-data-loss" must be the name of the StatefulSet, "${statefulSet}", or empty; it is "${allowDataLoss}".`,
    );
  }
  return { nodes, replicasPerPrimary, mayLoseSlots: allowDataLoss !== undefined };
}

/**
 * Plans.
 *
 * @throws UserError when the cluster must not be touched, or there is no StatefulSet to apply to
 */
export function plan({ set, exists, changes, pods }: Observed, wanted: Wanted, inputs: Inputs): Plan {
  const topology = planTopology(pods, wanted);
  const { refusal, mayPass } = topology.classification;
  if (refusal !== undefined && !(mayPass && inputs.mode === 'apply')) throw new UserError(refusal);
  if (inputs.manifests === undefined && set === undefined && inputs.mode === 'apply') {
    throw new UserError(
      `There is no StatefulSet "${inputs.statefulSet}" in namespace "${inputs.namespace}". Give input "manifests" to have it applied.`,
    );
  }
  const replicas = exists ? (set?.replicas ?? 0) : wanted.nodes;
  const [grow, shrink] = scaleSteps(replicas, wanted, inputs);
  // The step for the StatefulSet of the manifests says it.
  const before = inputs.manifests === undefined ? grow : [];
  const rest = clusterSteps({ exists, pods, topology, wanted, target: inputs.statefulSet });
  return { topology, steps: [...changes.steps, ...before, ...rest, ...shrink] };
}

function scaleSteps(replicas: number, { nodes }: Wanted, { statefulSet }: Inputs): [Step[], Step[]] {
  const target = `StatefulSet/${statefulSet}`;
  if (replicas < nodes) return [[{ action: 'scale', target, reason: `${replicas} to ${nodes} pods` }], []];
  if (replicas === nodes) return [[], []];
  return [[], [{ action: 'scale', target, reason: `${replicas} to ${nodes} pods, when those that go hold nothing` }]];
}

interface ClusterState {
  exists: boolean;
  pods: readonly PodView[];
  topology: TopologyPlan;
  wanted: Wanted;
  target: string;
}

function clusterSteps({ exists, pods, topology, wanted, target }: ClusterState): Step[] {
  const { kind } = topology.classification;
  const { replicasPerPrimary } = wanted;
  const each = `${replicasPerPrimary} ${replicasPerPrimary === 1 ? 'replica' : 'replicas'} each`;
  const primaries = wantedPrimaries(wanted);
  if (!exists || kind === 'absent') {
    return [{ action: 'form', target, reason: `${primaries} primaries, ${each}, placed when the pods run` }];
  }
  if (kind === 'formed' && pods.length < wanted.nodes) {
    const reason = `from ${topology.groups.length} to ${primaries} primaries, ${each}; slots move when the pods run`;
    return [{ action: 'resize', target, reason }];
  }
  const problems = findProblems(pods, wanted);
  if (topology.steps.length === 0 && problems.length > 0) {
    return [{ action: 'wait', target, reason: summarizeProblems(problems) }];
  }
  return topology.steps.map(describeStep);
}
