import { azureInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract } from '#toolkit/action/contract';

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
    timeout: {
      type: 'duration',
      default: '15m',
      description: 'How long to wait for the request to arrive, and then for the approval to take effect.',
    },
    'poll-interval': { type: 'duration', default: '10s', description: 'Time between two looks while waiting.' },
  },
  outputs: {
    ...reconcilerOutputs,
    'private-link-service-id': { description: 'Resource id of the Private Link Service.' },
    'connection-id': { description: 'Resource id of our connection; empty when it was not requested yet.' },
    'connection-name': { description: 'Name of our connection; empty when it was not requested yet.' },
    'foreign-pending': {
      type: 'json',
      description: 'Pending connections of others, left as they are: a JSON list of `{"name", "description"}`.',
    },
  },
});
