import { azureInputs, clusterInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract, type InputsOf } from '#toolkit/action/contract';

/** Inputs and outputs of redis-bootstrap. */
export const contract = defineContract({
  name: 'Form a Redis Cluster',
  description:
    'Applies the manifests of a Redis Cluster, waits until its pods answer, forms, heals or resizes the cluster without a prompt, and proves every node of it.',
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
        'Folder with a kustomization that has the StatefulSet; it is applied first, with `nodes` as its replicas. Empty: the StatefulSet is there already, and of it only the number of replicas is changed, when it is not `nodes`.',
    },
    nodes: {
      type: 'integer',
      min: 3,
      max: 1000,
      default: '6',
      description:
        'Pods wanted: three primaries or more, each with its replicas. A cluster of another size is resized: slots move while it serves.',
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
      description:
        'Image in place of the one in the manifests, whose configuration needs Valkey 7.2 or later, or Redis 7.0 or later.',
    },
    'allow-data-loss': {
      type: 'string',
      description:
        'The name of the StatefulSet: slots whose primary and replicas are all lost are given, empty, to the others. Only for the run that is to do it.',
    },
    port: {
      type: 'integer',
      min: 1,
      max: 55535,
      default: '6379',
      description: 'Port of the nodes; the bus is 10000 above.',
    },
    user: { type: 'string', description: 'ACL user; the default user when empty. Needs `password-file`.' },
    'password-file': {
      type: 'string',
      description:
        'File in the container that has the password and nothing else, such as a mounted secret. It is read in the pod and never leaves it.',
    },
    tls: { type: 'boolean', default: 'false', description: 'Whether the port speaks TLS.' },
    'tls-ca-file': {
      type: 'string',
      description: 'File in the container with the certificate authority of the nodes.',
    },
    'tls-cert-file': {
      type: 'string',
      description: 'File in the container with the certificate to show to the nodes.',
    },
    'tls-key-file': { type: 'string', description: 'File in the container with the key of `tls-cert-file`.' },
    timeout: {
      type: 'duration',
      default: '10m',
      description: 'How long the whole of it may take: pods, forming, moving slots, synchronisation.',
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
        'State and shards: `{"state", "shards": [{"slots", "primary": {"pod", "node", "zone"}, "replicas": […]}]}`. `state` is `absent`, `silent`, `fresh`, `partial`, `healthy`, `stale-addresses`, `degraded`, `unbalanced`, `undersized`, `oversized`, or why the run was refused: `lost-slots`, `foreign`, `split`. Before the pods run, the shards are an empty list.',
    },
  },
});

export type Inputs = InputsOf<typeof contract>;
