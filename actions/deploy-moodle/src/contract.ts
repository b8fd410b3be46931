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
      values: ['image', 'services', 'web', 'cron', 'all'],
      required: true,
      description:
        'What to deploy. `image`: build it in the registry. `services`: namespace, secrets, storage, PgBouncer, the internal load balancer with its Private Link Service. `web` and `cron`: the pods. `all`: services, web and cron one after the other, for a change that needs no work on the database.',
    },
    ...azureInputs,
    ...clusterInputs,
    manifests: {
      type: 'path',
      default: 'manifests',
      description: 'Folder with the kustomize bases `services`, `web` and `cron`, and `components`.',
    },
    overlay: {
      type: 'path',
      description:
        'Folder of your own kustomize components `services`, `web` and `cron`, as many as you need, each laid over the base of that name. What the inputs say wins. What a component brings and no longer has is deleted, but for volumes, claims, secrets and what is of the whole cluster.',
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
    'on-failure': {
      type: 'enum',
      values: ['stop', 'rollback'],
      default: 'stop',
      description:
        'When new pods do not come up. `stop`: leave them, beside the old ones that still serve. `rollback`: go back to the last pods that ran, wait until they do, and fail. For `web` and `cron`.',
    },
    image: { type: 'string', description: 'Moodle image, by digest. For `web` and `cron`.' },
    commit: {
      type: 'string',
      description:
        'Commit whose configuration is deployed. Pods that are new keep it as an annotation, so that a rollback finds the configuration beside the image; it rolls no pod by itself. For `web` and `cron`.',
    },
    replicas: {
      type: 'integer',
      min: 0,
      max: 5000,
      description: 'Number of pods; the greatest, when `minimum-replicas` is given. For `web` and `cron`.',
    },
    'cron-replicas': { type: 'integer', min: 0, max: 100, description: 'Number of cron pods. For `all`.' },
    'scale-only': {
      type: 'boolean',
      default: 'false',
      description:
        'Change the number of pods and nothing else: the image, and all else of the pods, stay as they are. A plan without `replicas` only tells what runs. For `web` and `cron`.',
    },
    'minimum-replicas': {
      type: 'integer',
      min: 1,
      max: 5000,
      description:
        'Let KEDA decide the number of web pods, from this many up to `replicas`. Empty: a fixed number. For `web`.',
    },
    'exam-mode': {
      type: 'boolean',
      default: 'false',
      description:
        'An exam is on: as many web pods as there may be whatever the load, and none taken away before another is ready. For `web`.',
    },
    'exam-windows': {
      type: 'json',
      default: '[]',
      description:
        'Times at which there are as many web pods as there may be: a list of `{"start": …, "end": …}` with times such as 2027-01-18T08:00:00Z. It begins 45 minutes earlier, so that the nodes are there. Needs `minimum-replicas`. For `web`.',
    },
    'headroom-pods': {
      type: 'integer',
      min: 0,
      max: 500,
      default: '0',
      description:
        'Room for so many more web pods on nodes that are already there, kept by pods that do nothing. For `web`.',
    },
    'metrics-endpoint': {
      type: 'string',
      description:
        "Query endpoint of Azure's managed Prometheus, `https://…`, by which KEDA also sees how many PHP workers are busy. Needs `metrics-identity-client-id`. For `web`.",
    },
    'metrics-identity-client-id': {
      type: 'string',
      description: 'Client id of the identity with which KEDA reads there. For `web`.',
    },
    monitoring: {
      type: 'boolean',
      default: 'false',
      description: "Have Azure's managed Prometheus read the numbers of PHP-FPM (`web`) and of PgBouncer (`services`).",
    },
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
    'source-image': {
      type: 'string',
      description:
        'Image of another registry, by digest, that is taken over instead of building one: what was tried in one environment is what runs in the next. For `image`.',
    },
    'source-registry-id': { type: 'string', description: 'Resource id of the registry of `source-image`.' },
    'registry-endpoint': {
      type: 'string',
      description: 'Where the registry is reached, `https://…`, when it is not its own host name.',
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
    'database-replica-hosts': {
      type: 'string',
      description:
        'Host names of read replicas, separated by commas. Moodle then reads from them, through a PgBouncer of their own. Empty: none.',
    },
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
      description:
        'Key Vault with the secrets `database-password`, `pooler-password-a`, `pooler-password-b` and `moodle-admin-password`.',
    },
    'password-version': {
      type: 'integer',
      min: 1,
      max: 1_000_000,
      default: '1',
      description:
        "Number of the passwords in the vault. PgBouncer's pods are renewed when it changes, and Moodle signs in to them by the other of two accounts: `moodle_a` with `pooler-password-a` when it is odd, `moodle_b` with `pooler-password-b` when it is even. For `services`.",
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
    settled: {
      type: 'boolean',
      description:
        'Whether nothing is to change, all pods have come up, and the load balancer has its address. From a plan. With no steps and `false`, an apply would still have to wait, and might go back.',
    },
    'private-link-service-name': { description: 'Name of the Private Link Service. From `services`.' },
    'private-link-service-id': { description: 'Its resource id. From `services`.' },
    'running-image': { description: 'Image of the pods as they are before this run. From a plan of `web` or `cron`.' },
    'running-commit': { description: 'Commit that they were deployed from, as `commit` said then.' },
    'previous-image': {
      description:
        "Image of the pods before those: of the Deployment's older revisions, the newest with pods that serve, else the newest.",
    },
    'previous-commit': { description: 'Commit that those were deployed from.' },
    'load-balancer-ip': { description: 'Address of the internal load balancer. From `services`.' },
  },
});

/** The contract as a type. */
export type DeployContract = typeof contract;
