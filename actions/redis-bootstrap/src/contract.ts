import { azureInputs, clusterInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract, type InputsOf } from '#toolkit/action/contract';

/** Inputs and outputs of redis-bootstrap. */
export const contract = defineContract({
  name: 'Form a Redis Cluster',
  description:
    'Applies the manifests of a Redis Cluster, waits until its pods answer, forms or heals the cluster without a prompt, and proves every node of it.',
  branding: { icon: 'database', color: 'red' },
  inputs: {
    ...modeInput,
    ...azureInputs,
    ...clusterInputs,
    'stateful-set': {
      type: 'string',
      required: true,
      description: 'StatefulSet whose pods are the nodes: `redis-sessions` or `redis-cache`, or one of your own.',
    },
    manifests: {
      type: 'path',
      description:
        'Folder with a kustomization that has the StatefulSet; it is applied first, with `nodes` as its replicas. Empty: the StatefulSet is there already and is left as it is.',
    },
    nodes: {
      type: 'integer',
      min: 3,
      max: 1000,
      default: '6',
      description: 'Pods wanted: three primaries or more, each with its replicas.',
    },
    'replicas-per-primary': {
      type: 'integer',
      min: 0,
      max: 5,
      default: '1',
      description: 'Replicas of each primary. `nodes` must be a multiple of one more than this.',
    },
    image: {
      type: 'string',
      description: 'Image in place of the one in the manifests; Valkey 7.2 or later, or Redis 6.2 or later.',
    },
    timeout: {
      type: 'duration',
      default: '10m',
      description: 'How long the whole of it may take: pods, forming, synchronisation.',
    },
    'command-timeout': {
      type: 'duration',
      default: '5s',
      description: 'How long one node may take to answer before it counts as silent.',
    },
  },
  outputs: {
    ...reconcilerOutputs,
    seeds: {
      type: 'string',
      description:
        "`host:port` of every node by its pod's stable name, separated by commas: what a client of the cluster needs.",
    },
    primaries: { type: 'integer', description: 'Number of primaries.' },
    replicas: { type: 'integer', description: 'Number of replicas, all primaries taken together.' },
    topology: {
      type: 'json',
      description:
        'State and shards: `{"state", "shards": [{"slots", "primary": {"pod", "node", "zone"}, "replicas": […]}]}`. Before the pods run, the shards are an empty list.',
    },
  },
});

export type Inputs = InputsOf<typeof contract>;
