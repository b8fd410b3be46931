/** Deploys a component that is Kubernetes objects. */
import { createHash } from 'node:crypto';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { resourceId } from '#toolkit/azure/resource-manager';
import { UserError } from '#toolkit/errors';
import { applyObjects, type Ownership } from '#toolkit/kube/apply-objects';
import { type Comparison, compare, compareNothing } from '#toolkit/kube/comparison';
import type { Kube } from '#toolkit/kube/kube';
import { planObjects } from '#toolkit/kube/object-plan';
import type { DeployContract } from './contract.ts';
import { addressOf, loadBalancerOf, privateLinkServiceName } from './load-balancer.ts';
import { render } from './render.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';
import { waitUntilRunning } from './running.ts';

type Context = ActionContext<DeployContract>;

/** The labels of everything of a component that this product made. */
const ours = (component: KubernetesComponent) => ({
  'app.kubernetes.io/managed-by': 'moodle-high-scale',
  'app.kubernetes.io/component': component,
});

/** Plans, and in mode `apply` makes, one component. `kube` is undefined when there is no cluster yet, in a plan only. */
export async function deployKubernetes(
  context: Context,
  kube: Kube | undefined,
): Promise<ActionResult<DeployContract>> {
  const { inputs, log, clock, signal } = context;
  const component = inputs.component as KubernetesComponent;
  const waits = { log, clock, signal, timeoutMilliseconds: inputs.rolloutTimeout };
  let address: string | undefined;
  const {
    outcome,
    observed,
    plan: made,
  } = await reconcile(inputs.mode, log, {
    observe: () => look(context, component, kube),
    plan: (seen: Comparison) => ({ ...planObjects(seen), objects: seen.pairs.map(({ rendered }) => rendered) }),
    async apply(todo) {
      await applyObjects(todo, { kube: present(kube), log, ...ownership(inputs) });
    },
    async verify({ objects }) {
      address = await waitUntilRunning(objects, { kube: present(kube), ...waits });
    },
  });
  const outputs = component === 'services' ? serviceOutputs(inputs, observed, address) : {};
  return { outcome, steps: made.steps, outputs, summary: summarize(`Deploy ${component}`, outcome, made.steps) };
}

/** Renders and compares. */
async function look(context: Context, component: KubernetesComponent, kube: Kube | undefined): Promise<Comparison> {
  const { inputs } = context;
  if (kube === undefined) return compareNothing(await render(inputs, undefined, context), 'after infra');
  const checksum = component === 'services' ? undefined : await configChecksum(kube, inputs.mode);
  const rendered = await render(inputs, checksum, context);
  return compare(kube, rendered, { ...ownership(inputs), ours: ours(component) });
}

function ownership({ forceConflicts }: Inputs): Ownership {
  const advice = 'Change it back, or set input "force-conflicts" to true to take it over.';
  return { force: forceConflicts, advice };
}

/** A digest of the live configuration, which the pods read when they start. */
async function configChecksum(kube: Kube, mode: Inputs['mode']): Promise<string | undefined> {
  const config = await kube.get({ kind: 'ConfigMap', name: 'moodle-config' });
  if (config === undefined) {
    if (mode === 'plan') return undefined;
    throw new UserError(
      `There is no ConfigMap "moodle-config" in the namespace "${kube.namespace}"; deploy component "services" first.`,
    );
  }
  const entries = Object.entries(config.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}

/** What later phases need of the load balancer. */
function serviceOutputs(inputs: Inputs, observed: Comparison, address: string | undefined) {
  const service = loadBalancerOf(observed.pairs.map(({ rendered }) => rendered));
  const live = loadBalancerOf(observed.pairs.flatMap((pair) => pair.live ?? []));
  const name = privateLinkServiceName(service);
  const ip = address ?? addressOf(live);
  const { azureSubscriptionId: subscription, nodeResourceGroup: group } = inputs;
  return {
    ...(name === undefined ? {} : { privateLinkServiceName: name }),
    ...(ip === undefined ? {} : { loadBalancerIp: ip }),
    ...(name === undefined || subscription === undefined || group === undefined
      ? {}
      : { privateLinkServiceId: resourceId(subscription, group, 'Microsoft.Network', 'privateLinkServices', name) }),
  };
}

/** Mode `apply` never begins without a cluster; see `connectCluster`. */
function present(kube: Kube | undefined): Kube {
  if (kube === undefined) throw new Error('There is no cluster to apply to.');
  return kube;
}
