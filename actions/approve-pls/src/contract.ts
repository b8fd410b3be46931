import { azureInputs, clusterInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract } from '#toolkit/action/contract';

const EVENTS = 'Only for the events of the Kubernetes Service, when there is no Private Link Service.';

export const contract = defineContract({
  name: 'Approve the private link connection',
  description:
    'Approves the one private endpoint connection that our Front Door requested on the Private Link Service, and no other.',
  branding: { icon: 'link', color: 'orange' },
  inputs: {
    ...modeInput,
    ...azureInputs,
    'azure-subscription-id': { ...azureInputs['azure-subscription-id'], required: true },
    'node-resource-group': {
      type: 'string',
      description:
        'Node resource group of the AKS cluster, where AKS keeps the Private Link Service. Empty in a plan means: not built yet.',
    },
    'private-link-service': {
      type: 'string',
      default: 'moodle-svc-pls',
      description: 'Name of the Private Link Service.',
    },
    'owner-service': {
      type: 'string',
      default: 'moodle/moodle-svc',
      description:
        'Namespace and name of the Kubernetes Service that the Private Link Service must belong to, by its tag `kubernetes-owner-service`.',
    },
    'request-message': {
      type: 'string',
      description:
        'Request message of our own Front Door origin, letter for letter. Make it hard to guess: it is what tells our request from those of strangers. Empty in a plan means: not made yet.',
    },
    foreign: {
      type: 'enum',
      values: ['report', 'reject'],
      default: 'report',
      description:
        "What becomes of pending connections that do not carry our message: `report` leaves them pending, `reject` rejects them. With `reject` give every Front Door of yours that uses this service its own run's message first.",
    },
    'origin-id': {
      type: 'string',
      description:
        "Resource id of our Front Door origin. With it Front Door's own word on its private link is read, by which a Private Link Service that was made anew is told at once from a request that is late.",
    },
    'origin-health': {
      type: 'boolean',
      default: 'false',
      description:
        "Also wait until at least half of Front Door's health probes succeed, which needs `origin-id` and pods that are ready. Azure's metric lags by some minutes.",
    },
    'stale-frontend': {
      type: 'enum',
      values: ['fail', 'output'],
      default: 'fail',
      description:
        'What happens when Front Door will not ask by itself, because its connection was lost: `fail`, or end well with the output `frontend-stale`, for a workflow that then replaces the origin and approves again.',
    },
    kubeconfig: { ...clusterInputs.kubeconfig, description: `${clusterInputs.kubeconfig.description} ${EVENTS}` },
    'resource-group': { ...clusterInputs['resource-group'], description: 'Resource group of the AKS cluster.' },
    'cluster-name': {
      ...clusterInputs['cluster-name'],
      description: `Name of the AKS cluster. ${EVENTS}`,
    },
    timeout: {
      type: 'duration',
      default: '15m',
      description:
        'How long to wait for the request to arrive, then for the approval to take effect, then for `origin-health`.',
    },
    'poll-interval': {
      type: 'duration',
      default: '10s',
      description: 'Time between two looks while waiting; the first follow each other sooner.',
    },
  },
  outputs: {
    ...reconcilerOutputs,
    'private-link-service-id': { description: 'Resource id of the Private Link Service.' },
    'private-link-service-alias': {
      description: 'Its alias, which is another one when the service was made anew under the same id.',
    },
    'frontend-stale': {
      type: 'boolean',
      description:
        'Whether our connection was lost and Front Door will not ask again until Terraform makes its origin anew.',
    },
    'connection-id': { description: 'Resource id of our connection; empty when it was not requested yet.' },
    'connection-name': { description: 'Name of our connection; empty when it was not requested yet.' },
    'foreign-pending': {
      type: 'json',
      description:
        'Pending connections of others when the action looked last, not counting those it rejected: a JSON list of `{"name", "description"}`.',
    },
  },
});
