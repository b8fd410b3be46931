/** Deploys a component that is Kubernetes objects. */
import { createHash } from 'node:crypto';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { resourceId } from '#toolkit/azure/resource-manager';
import { UserError } from '#toolkit/errors';
import type { Kube } from '#toolkit/kube/kube';
import { applyPlan, waitForWorkloads } from './apply.ts';
import type { DeployContract } from './contract.ts';
import { addressOf, loadBalancerOf, privateLinkServiceName, waitForAddress } from './load-balancer.ts';
import { type Observed, observe, observeNothing } from './observe.ts';
import { plan } from './plan.ts';
import { render } from './render.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';

type Context = ActionContext<DeployContract>;

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
    plan: (seen: Observed) => ({ ...plan(seen), objects: seen.pairs.map(({ rendered }) => rendered) }),
    async apply(todo) {
      await applyPlan(todo, present(kube), log, inputs.forceConflicts);
    },
    async verify({ objects }) {
      const cluster = present(kube);
      await waitForWorkloads(objects, { kube: cluster, ...waits });
      const service = loadBalancerOf(objects);
      if (service !== undefined) address = await waitForAddress(service.metadata.name, { kube: cluster, ...waits });
    },
  });
  const outputs = component === 'services' ? serviceOutputs(inputs, observed, address) : {};
  return { outcome, steps: made.steps, outputs, summary: summarize(`Deploy ${component}`, outcome, made.steps) };
}

/** Renders and compares. */
async function look(context: Context, component: KubernetesComponent, kube: Kube | undefined): Promise<Observed> {
  const { inputs } = context;
  if (kube === undefined) return observeNothing(await render(inputs, undefined, context), 'after infra');
  const checksum = component === 'services' ? undefined : await configChecksum(kube, inputs.mode);
  return observe(kube, component, await render(inputs, checksum, context), inputs.forceConflicts);
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
function serviceOutputs(inputs: Inputs, observed: Observed, address: string | undefined) {
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
