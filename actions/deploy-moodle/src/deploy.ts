import { connectCluster } from '#toolkit/action/cluster';
import { fingerprintOf } from '#toolkit/action/fingerprint';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Outcome } from '#toolkit/action/steps';
import { summarize } from '#toolkit/action/summary';
import { resourceId } from '#toolkit/azure/resource-manager';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { type Deployed, deployComponent } from './component.ts';
import type { DeployContract } from './contract.ts';
import { deployImage } from './image.ts';
import { liveOf } from './live.ts';
import { addressOf, loadBalancerOf, privateLinkServiceName } from './load-balancer.ts';
import { ALL_COMPONENTS, checkInputs, type Inputs, type KubernetesComponent, requireInputs } from './requirements.ts';
import { revisionOutputs } from './revisions.ts';
import { wantedObjects } from './wanted.ts';

/** The action: checks what the component needs, then builds or deploys. */
export async function deploy(context: ActionContext<DeployContract>): Promise<ActionResult<DeployContract>> {
  const { inputs } = context;
  checkInputs(inputs);
  // A plan may come before the platform: then most values are not known yet, and nobody can give them.
  if (inputs.mode === 'apply') requireInputs(inputs);
  if (inputs.component === 'image') return deployImage(context);
  const components = inputs.component === 'all' ? ALL_COMPONENTS : ([inputs.component] as const);
  // kustomize works while we sign in. What only scales is rendered with the image that runs.
  const [first] = components;
  const rendered = first === undefined || inputs.scaleOnly ? undefined : wantedObjects(context, first);
  // What it refuses is told where it is awaited, or not at all when there is something else to tell.
  rendered?.catch(() => undefined);
  const kube = await connectCluster(context);
  if (kube !== undefined) requireInputs(inputs);
  return deployObjects(context, kube, components, rendered);
}

/** The components one after the other; pods are rolled for the configuration that comes with them. */
async function deployObjects(
  context: ActionContext<DeployContract>,
  kube: Kube | undefined,
  components: readonly KubernetesComponent[],
  ofFirst: Promise<KubeObject[]> | undefined,
): Promise<ActionResult<DeployContract>> {
  const deployed: Deployed[] = [];
  let configuration: KubeObject | undefined;
  let outputs: ActionResult<DeployContract>['outputs'] = {};
  for (const component of components) {
    if (components.length > 1) context.log.info(`Component ${component}`);
    const live = liveOf(kube, component);
    const tellsRevisions = kube !== undefined && context.inputs.mode === 'plan' && component !== 'services';
    const rendered = component === components[0] ? ofFirst : undefined;
    const [done, revisions] = await Promise.all([
      deployComponent(context, { component, kube, live, configuration, rendered }),
      tellsRevisions ? revisionOutputs(kube, live()) : {},
    ]);
    deployed.push(done);
    if (component !== 'services') {
      outputs = { ...outputs, ...revisions };
      continue;
    }
    outputs = serviceOutputs(context.inputs, done);
    const pair = done.observed.pairs.find(({ rendered }) => rendered.kind === 'ConfigMap');
    configuration = pair?.wanted ?? pair?.rendered;
  }
  const steps = deployed.flatMap((done) => done.steps);
  const changed = deployed.find(({ outcome }) => outcome !== 'unchanged');
  const outcome: Outcome = changed?.outcome ?? 'unchanged';
  const fingerprint = fingerprintOf(
    steps,
    deployed.flatMap((done) => done.changes),
  );
  return {
    outcome,
    steps,
    outputs: {
      ...outputs,
      fingerprint,
      ...(context.inputs.mode === 'plan' ? { settled: deployed.every(({ settled }) => settled) } : {}),
    },
    summary: summarize(`Deploy ${components.join(', ')}`, outcome, steps),
  };
}

/** What later phases need of the load balancer. */
function serviceOutputs(
  { azureSubscriptionId: subscription, nodeResourceGroup: group }: Inputs,
  { observed, address }: Deployed,
): NonNullable<ActionResult<DeployContract>['outputs']> {
  const service = loadBalancerOf(observed.pairs.map(({ rendered }) => rendered));
  const live = loadBalancerOf(observed.pairs.flatMap((pair) => pair.live ?? []));
  const name = privateLinkServiceName(service);
  const ip = address ?? addressOf(live);
  return {
    ...(name === undefined ? {} : { privateLinkServiceName: name }),
    ...(ip === undefined ? {} : { loadBalancerIp: ip }),
    ...(name === undefined || subscription === undefined || group === undefined
      ? {}
      : { privateLinkServiceId: resourceId(subscription, group, 'Microsoft.Network', 'privateLinkServices', name) }),
  };
}
