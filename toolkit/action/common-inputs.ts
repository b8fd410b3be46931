/** Inputs and outputs that several actions share, so that they read the same everywhere. */
import type { InputSpec, OutputSpec } from './contract.ts';

/** Plan or apply, and whether it is told in the job summary; on all five actions. */
export const modeInput = {
  mode: {
    type: 'enum',
    values: ['plan', 'apply'],
    default: 'plan',
    description:
      '`plan` reads, shows and outputs the steps and changes nothing; `apply` does them and proves the outcome.',
  },
  summary: {
    type: 'boolean',
    default: 'true',
    description:
      'Whether the job summary tells the steps. `false` where a later step of the job tells those of all phases; what stopped a run is told all the same.',
  },
} as const satisfies Record<string, InputSpec>;

/** Who signs in to Azure, and where. */
export const azureInputs = {
  'azure-tenant-id': { type: 'string', description: 'Microsoft Entra tenant.' },
  'azure-client-id': {
    type: 'string',
    description:
      'Application (client) id of the identity whose federated credential trusts this job. The job needs `permissions: id-token: write`.',
  },
  'azure-subscription-id': { type: 'string', description: 'Azure subscription.' },
  'azure-cloud': {
    type: 'enum',
    values: ['public', 'us-government', 'china'],
    default: 'public',
    description: 'Azure cloud: decides the sign-in host, the Resource Manager host and the audiences of tokens.',
  },
  'azure-authority-host': {
    type: 'string',
    description: 'Sign-in host, `https://…`, when it is not the one of the cloud.',
  },
  'azure-resource-manager-endpoint': {
    type: 'string',
    description: 'Resource Manager endpoint, `https://…`, when it is not the one of the cloud.',
  },
} as const satisfies Record<string, InputSpec>;

/** Which cluster: a kubeconfig, or an AKS cluster by name. */
export const clusterInputs = {
  kubeconfig: {
    type: 'path',
    description: 'A kubeconfig file. When empty, credentials come from Azure for `resource-group` and `cluster-name`.',
  },
  'resource-group': { type: 'string', description: 'Resource group of the AKS cluster.' },
  'cluster-name': { type: 'string', description: 'Name of the AKS cluster. Empty in a plan means: not built yet.' },
  namespace: { type: 'string', default: 'moodle', description: 'Kubernetes namespace.' },
} as const satisfies Record<string, InputSpec>;

/** The outputs of every reconciler; the framework sets the first two. */
export const reconcilerOutputs = {
  outcome: {
    type: 'enum',
    values: ['unchanged', 'planned', 'applied'],
    description:
      '`unchanged`: nothing to do. `planned`: there is something to do. `applied`: it was done and verified.',
  },
  steps: {
    type: 'json',
    description: 'What was or would be done: a JSON list of `{"action", "target", "reason"}`, in order.',
  },
  fingerprint: {
    description: 'Fingerprint of the plan, 64 hexadecimal digits: equal for plans that do the same.',
  },
} as const satisfies Record<string, OutputSpec>;
