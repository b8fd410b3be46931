import { azureInputs, clusterInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract } from '#toolkit/action/contract';

/** Inputs and outputs of deploy-moodle. Which inputs a component needs is in `requirements.ts`. */
export const contract = defineContract({
  name: 'Deploy Moodle',
  description:
    'Builds the image, or deploys one component of Moodle to Kubernetes: shows the changes, applies them, waits until they run.',
  branding: { icon: 'layers', color: 'orange' },
  inputs: {
    ...modeInput,
    component: {
      type: 'enum',
      values: ['image', 'services', 'web', 'cron'],
      required: true,
      description:
        'What to deploy. `image`: build it in the registry. `services`: namespace, secrets, storage, PgBouncer, the internal load balancer with its Private Link Service. `web` and `cron`: the pods.',
    },
    ...azureInputs,
    ...clusterInputs,
    manifests: {
      type: 'path',
      default: 'manifests',
      description: 'Folder with the kustomize bases `services`, `web` and `cron`.',
    },
    'rollout-timeout': {
      type: 'duration',
      default: '15m',
      description: 'How long a rollout, or the load balancer, may take.',
    },
    'force-conflicts': {
      type: 'boolean',
      default: 'false',
      description: 'Take over fields that somebody else has changed in the cluster, instead of stopping.',
    },
    image: { type: 'string', description: 'Moodle image, by digest. For `web` and `cron`.' },
    replicas: { type: 'integer', min: 0, max: 5000, description: 'Number of pods. For `web` and `cron`.' },
    'image-context': {
      type: 'path',
      default: 'images/moodle',
      description: 'Folder with the Dockerfile and all that it copies. For `image`.',
    },
    'image-repository': {
      type: 'string',
      default: 'moodle',
      description: 'Repository in the registry. For `image`.',
    },
    'build-arguments': {
      type: 'list',
      description: 'Arguments of the build, `NAME=value`, one a line. They are no place for secrets. For `image`.',
    },
    'registry-name': { type: 'string', description: 'Container registry. For `image`.' },
    'registry-login-server': {
      type: 'string',
      description: 'Its host name in image references, for a plan before it exists. For `image`.',
    },
    'agent-pool': {
      type: 'string',
      description:
        "Agent pool of the registry that builds; needed when the registry is private. Empty: Azure's own agents.",
    },
    'build-timeout': { type: 'duration', default: '30m', description: 'How long a build may take. For `image`.' },
    'pgbouncer-image': {
      type: 'string',
      description: 'PgBouncer image, by digest. For `services`, like all that follow.',
    },
    'pgbouncer-replicas': { type: 'integer', min: 1, max: 100, description: 'PgBouncer pods.' },
    'pgbouncer-pool-size': {
      type: 'integer',
      min: 5,
      max: 4985,
      description: 'Database connections of one PgBouncer pod, both pools together.',
    },
    'database-host': { type: 'string', description: 'Host name of PostgreSQL.' },
    'database-name': { type: 'string', description: 'Database.' },
    'database-user': { type: 'string', description: 'Name that PgBouncer signs in to the database with.' },
    'database-tls': {
      type: 'enum',
      values: ['require', 'verify-full', 'disable'],
      default: 'require',
      description: 'TLS from PgBouncer to PostgreSQL.',
    },
    'key-vault-name': {
      type: 'string',
      description: 'Key Vault with the secrets `database-password` and `moodle-admin-password`.',
    },
    'workload-identity-client-id': { type: 'string', description: 'Client id of the identity that the pods run as.' },
    'files-resource-group': {
      type: 'string',
      description: "Resource group of the NFS share's storage account. Empty: `resource-group`.",
    },
    'files-storage-account': { type: 'string', description: 'Storage account of the NFS share.' },
    'files-share': { type: 'string', description: 'NFS share for moodledata.' },
    'object-storage-account': { type: 'string', description: "Storage account of Moodle's file pool; empty for none." },
    'object-storage-container': { type: 'string', description: "Container of Moodle's file pool." },
    'host-name': {
      type: 'string',
      description: 'Host name under which people reach Moodle, such as moodle.example.org.',
    },
    'redis-session-seeds': {
      type: 'string',
      description: 'At least two nodes of the Redis Cluster for sessions, `host:port`, separated by commas.',
    },
    'redis-cache-seeds': {
      type: 'string',
      description: 'At least two nodes of the Redis Cluster for the cache, `host:port`, separated by commas.',
    },
    language: { type: 'string', default: 'en', description: 'Default language of the site.' },
    timezone: { type: 'string', default: 'UTC', description: 'Time zone of the site, such as Europe/Lisbon.' },
    'node-resource-group': {
      type: 'string',
      description:
        'Resource group in which AKS makes the Private Link Service; for the output `private-link-service-id`.',
    },
  },
  outputs: {
    ...reconcilerOutputs,
    image: {
      description:
        'The image by digest, `login-server/repository@sha256:…`. In a plan of an image that is not built yet: by tag. From `image`.',
    },
    'private-link-service-name': { description: 'Name of the Private Link Service. From `services`.' },
    'private-link-service-id': { description: 'Its resource id. From `services`.' },
    'load-balancer-ip': { description: 'Address of the internal load balancer. From `services`.' },
  },
});

/** The contract as a type. */
export type DeployContract = typeof contract;
