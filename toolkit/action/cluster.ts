/** From the common cluster inputs to a cluster that answers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AzureError } from '../azure/azure-error.ts';
import { type AzureContext, connectAzure } from '../azure/connect.ts';
import { writeKubeconfig } from '../azure/kubernetes-credentials.ts';
import { UserError } from '../errors.ts';
import { explainingKubectl } from '../kube/explain-kubectl.ts';
import type { Kube } from '../kube/kube.ts';
import { createKubectl } from '../kube/kubectl.ts';
import { createExec, type Exec } from '../process/exec.ts';

/** The part of an action's context that a cluster needs; `ActionContext` of an action with the cluster inputs fits. */
export interface ClusterContext extends AzureContext {
  inputs: AzureContext['inputs'] & {
    mode: 'plan' | 'apply';
    kubeconfig?: string | undefined;
    resourceGroup?: string | undefined;
    clusterName?: string | undefined;
    namespace: string;
  };
  exec: Exec;
  temporaryDirectory: string;
}

/**
 * Connects by the kubeconfig, or with credentials from Azure.
 *
 * @returns the cluster; undefined in mode `plan` when there is none yet: it has no name, or Azure does not know it
 * @throws UserError when kubectl or the kubeconfig is missing, or in mode `apply` there is no cluster
 */
export async function connectCluster(context: ClusterContext): Promise<Kube | undefined> {
  const { inputs, exec, log, clock, signal, secrets, temporaryDirectory, environment } = context;
  const access = await reach(context);
  if (access === undefined) return undefined;
  // A token ends sooner than some waits: every call looks whether it is time for a new one.
  const renewing =
    (inner: Exec): Exec =>
    async (request) => {
      await access.renew();
      return inner(request);
    };
  const calling = (inner: Exec): Exec => renewing(explainingKubectl(inner, exec));
  return createKubectl({
    exec: calling(exec),
    execUntil: (until) => calling(createExec(secrets, until)),
    log,
    clock,
    signal,
    environment,
    kubeconfig: access.kubeconfig,
    namespace: inputs.namespace,
    // What kinds the server has is asked once a job, and not by every step of it; kubectl asks again for one it does not know.
    cacheDirectory: join(environment.RUNNER_TEMP ?? temporaryDirectory, 'moodle-high-scale-discovery'),
  });
}

/** Whether the inputs name a cluster; a plan may come before there is one. */
export function namesCluster({ kubeconfig, resourceGroup, clusterName }: ClusterContext['inputs']): boolean {
  return kubeconfig !== undefined || (resourceGroup !== undefined && clusterName !== undefined);
}

interface Access {
  kubeconfig: string;
  renew: () => Promise<void>;
}

async function reach(context: ClusterContext): Promise<Access | undefined> {
  const { inputs, clock, secrets, temporaryDirectory } = context;
  if (inputs.kubeconfig !== undefined) {
    if (!existsSync(inputs.kubeconfig)) {
      throw new UserError(`Input "kubeconfig" names the file "${inputs.kubeconfig}", which does not exist.`);
    }
    return { kubeconfig: inputs.kubeconfig, renew: () => Promise.resolve() };
  }
  const { resourceGroup, clusterName } = inputs;
  if (resourceGroup === undefined || clusterName === undefined) {
    if (inputs.mode === 'plan') return undefined;
    throw new UserError('Input "kubeconfig", or both "resource-group" and "cluster-name", must be given.');
  }
  const { resourceManager, credential } = connectAzure(context);
  const now = () => clock.now();
  const directory = temporaryDirectory;
  try {
    const options = { resourceManager, credential, resourceGroup, clusterName, directory, secrets, now };
    return await writeKubeconfig(options);
  } catch (error) {
    if (inputs.mode === 'plan' && error instanceof AzureError && error.status === 404) return undefined;
    throw error;
  }
}
