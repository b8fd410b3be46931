/** Deploys one component that is Kubernetes objects. */
import { createHash } from 'node:crypto';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext } from '#toolkit/action/run';
import type { Outcome, Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import { applyObjects, type Ownership } from '#toolkit/kube/apply-objects';
import { type Comparison, compare, compareNothing } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { planObjects } from '#toolkit/kube/object-plan';
import { HANDOVER_MANAGER, handOver, leastReplicas, splitPrune, wasAutoscaled } from './autoscaling.ts';
import type { DeployContract } from './contract.ts';
import type { Live } from './live.ts';
import { addOverlayLeftOver, keptSentence, listedThroughout, ours } from './overlay-inventory.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';
import { commitOf, rollsPods } from './revisions.ts';
import { isRolloutFailure, rollBack } from './rollback.ts';
import { imagesOf, isSettled, waitUntilRunning } from './running.ts';
import { keepAllBut, onlyScaling } from './scale-only.ts';
import { replicasOf, wantedObjects, withOrigin } from './wanted.ts';

type Context = ActionContext<DeployContract>;

/** What to deploy, and where. */
export interface Target {
  component: KubernetesComponent;
  /** Undefined when there is no cluster yet, in a plan only. */
  kube: Kube | undefined;
  /** The objects, when they are being rendered already. */
  rendered?: Promise<KubeObject[]> | undefined;
  /** Reads what the pods are compared with; for `web` and `cron`. */
  live: () => Promise<Live>;
  /** The configuration that the same run deploys; without it, the one in the cluster counts. */
  configuration?: KubeObject | undefined;
}

/** What it came to. */
export interface Deployed {
  outcome: Outcome;
  steps: readonly Step[];
  /** The objects that were or would be applied, as rendered. */
  changes: readonly KubeObject[];
  observed: Comparison;
  /** Whether nothing was to change, and what is there has come up. */
  settled: boolean;
  /** Of the load balancer, when it was waited for. */
  address?: string | undefined;
}

/** Plans, and in mode `apply` makes, one component. */
export async function deployComponent(context: Context, target: Target): Promise<Deployed> {
  const { inputs, log, clock, signal } = context;
  const { kube } = target;
  let address: string | undefined;
  const {
    outcome,
    observed,
    plan: made,
  } = await reconcile(inputs.mode, log, {
    observe: async () => handOver(await addWhatOverlayLeft(context, target, await look(context, target))),
    plan: ({ comparison, handovers }) => ({
      ...planObjects(comparison),
      objects: comparison.pairs.map(({ rendered }) => rendered),
      handovers,
    }),
    async apply({ apply, prune, handovers }) {
      const options = { kube: present(kube), log, ...ownership(inputs, prune) };
      const { first, last } = splitPrune(prune);
      await applyObjects({ apply: [], prune: first }, options);
      for (const object of handovers) await options.kube.apply(object, { manager: HANDOVER_MANAGER });
      const { before, after } = listedThroughout(apply, prune);
      await applyObjects({ apply: before, prune: last }, options);
      await applyObjects({ apply: after, prune: [] }, options);
    },
    async verify({ objects }) {
      const waits = { kube: present(kube), log, clock, signal, timeoutMilliseconds: inputs.rolloutTimeout };
      try {
        address = await waitUntilRunning(objects, waits);
      } catch (error) {
        const name = `moodle-${target.component}`;
        const deployment = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
        const goBack = inputs.onFailure === 'rollback' && !inputs.scaleOnly && isRolloutFailure(error);
        if (!goBack || deployment === undefined) throw error;
        throw await rollBack(deployment, error, { ...waits, least: leastReplicas(objects, name) });
      }
    },
  });
  const { comparison } = observed;
  const live = comparison.pairs.flatMap((pair) => pair.live ?? []);
  return {
    outcome,
    steps: made.steps,
    changes: made.apply,
    observed: comparison,
    address,
    settled: outcome === 'unchanged' && isSettled(made.objects, live),
  };
}

/** Renders and compares. */
async function look(context: Context, target: Target): Promise<Comparison> {
  const { inputs } = context;
  const { component, kube, live } = target;
  const name = `moodle-${component}`;
  // Asked for no number, a plan only tells what runs.
  if (inputs.scaleOnly && replicasOf(inputs, component) === undefined) return { pairs: [], leftOver: [] };
  const rendered = (): Promise<KubeObject[]> => target.rendered ?? wantedObjects(context, component);
  if (kube === undefined) return compareNothing(await rendered(), 'after infra');
  const options = { ...ownership(inputs), ours: ours(component) };
  if (inputs.scaleOnly) {
    const { deployment } = await live();
    if (deployment === undefined) {
      throw new UserError(
        `There is no Deployment/moodle-${component} to scale; deploy component "${component}" first.`,
      );
    }
    const objects = await wantedObjects(context, component, imagesOf(deployment)[0]);
    return keepAllBut(await compare(kube, onlyScaling(objects, deployment), options));
  }
  if (component === 'services') return compare(kube, await rendered(), { ...options, expected: wasAutoscaled });
  const [objects, { configuration, deployment }] = await Promise.all([rendered(), live()]);
  const configChecksum = checksumOf(target.configuration ?? configuration, kube.namespace, inputs.mode);
  const compared = (commit: string | undefined): Promise<Comparison> =>
    compare(kube, withOrigin(objects, name, { configChecksum, commit }), { ...options, expected: wasAutoscaled });
  const { commit } = inputs;
  if (commit === undefined || deployment === undefined) return compared(commit);
  // A commit that changes nothing else makes no new pods: theirs stays.
  const kept = commitOf(deployment);
  const comparison = await compared(kept);
  return kept === commit || !rollsPods(comparison, name) ? comparison : compared(commit);
}

/** What the overlay had and has no longer; scaling takes none of it away. */
async function addWhatOverlayLeft(
  { inputs, log }: Context,
  { kube }: Target,
  compared: Comparison,
): Promise<Comparison> {
  if (kube === undefined || inputs.scaleOnly) return compared;
  const { comparison, kept } = await addOverlayLeftOver(kube, compared);
  for (const object of kept) log.warning(keptSentence(object, kube.namespace));
  return comparison;
}

/** @param prune what goes in the same run, once that is known */
function ownership({ forceConflicts }: Inputs, prune: readonly KubeObject[] = []): Ownership {
  const advice = 'Change it back, or set input "force-conflicts" to true to take it over.';
  return { force: forceConflicts, advice, expected: (object, conflict) => wasAutoscaled(object, conflict, prune) };
}

/** A digest of the configuration, which the pods read when they start. */
function checksumOf(
  configuration: KubeObject | undefined,
  namespace: string,
  mode: Inputs['mode'],
): string | undefined {
  if (configuration === undefined) {
    if (mode === 'plan') return undefined;
    throw new UserError(
      `There is no ConfigMap "moodle-config" in the namespace "${namespace}"; deploy component "services" first.`,
    );
  }
  const entries = Object.entries(configuration.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}

/** Mode `apply` never begins without a cluster; see `connectCluster`. */
function present(kube: Kube | undefined): Kube {
  if (kube === undefined) throw new Error('There is no cluster to apply to.');
  return kube;
}
