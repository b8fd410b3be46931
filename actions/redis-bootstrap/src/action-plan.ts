/** The plan of the whole action: objects first, then the cluster, or what can be said of it before the pods run. Pure. */
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
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
  /** What applying the manifests would change. */
  changes: ObjectPlan;
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
 * @throws UserError when the nodes do not make whole shards, or fewer than three
 */
export function wantedFrom(inputs: Inputs): Wanted {
  const { nodes, replicasPerPrimary } = inputs;
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
  return { nodes, replicasPerPrimary };
}

/**
 * Plans.
 *
 * @throws UserError when the cluster must not be touched, or the StatefulSet does not fit the inputs
 */
export function plan({ set, exists, changes, pods }: Observed, wanted: Wanted, inputs: Inputs): Plan {
  const topology = planTopology(pods, wanted);
  const { kind, refusal, mayPass } = topology.classification;
  if (refusal !== undefined && !(mayPass && inputs.mode === 'apply')) throw new UserError(refusal);
  if (inputs.manifests === undefined) requireSet(set, wanted, inputs);
  const target = inputs.statefulSet;
  const rest = (): Step[] => {
    if (!exists || kind === 'absent') return [formStep(target, wanted)];
    const problems = findProblems(pods, wanted);
    if (topology.steps.length === 0 && problems.length > 0) {
      return [{ action: 'wait', target, reason: summarizeProblems(problems) }];
    }
    return topology.steps.map(describeStep);
  };
  return { topology, steps: [...changes.steps, ...rest()] };
}

function requireSet(set: RedisSet | undefined, wanted: Wanted, inputs: Inputs): void {
  const advice = 'Give input "manifests" to have it applied';
  if (set === undefined && inputs.mode === 'apply') {
    throw new UserError(
      `There is no StatefulSet "${inputs.statefulSet}" in namespace "${inputs.namespace}". ${advice}.`,
    );
  }
  if (set !== undefined && set.replicas !== wanted.nodes) {
    throw new UserError(
      `StatefulSet "${set.name}" has ${set.replicas} replicas, and input "nodes" is ${wanted.nodes}. ${advice}, or scale it.`,
    );
  }
}

function formStep(target: string, wanted: Wanted): Step {
  const { replicasPerPrimary } = wanted;
  const each = `${replicasPerPrimary} ${replicasPerPrimary === 1 ? 'replica' : 'replicas'} each`;
  return { action: 'form', target, reason: `${wantedPrimaries(wanted)} primaries, ${each}, placed when the pods run` };
}
