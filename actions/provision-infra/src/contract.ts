import { azureInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract, type OutputSpec } from '#toolkit/action/contract';

/** Outputs of the roots `infra/` and `infra/frontend/`, by Terraform's names with dashes. */
const rootOutputs = {
  'resource-group-name': { description: 'Resource group of the platform.' },
  'node-resource-group-name': { description: 'Resource group of the AKS nodes.' },
  location: { description: 'Azure region.' },
  'cluster-name': { description: 'AKS cluster.' },
  'registry-name': { description: 'Container registry.' },
  'registry-login-server': { description: "Registry's host name, as in image references." },
  'registry-agent-pool-name': {
    description: "Agent pool that builds images when the registry is private. Empty: Azure's own agents build.",
  },
  'key-vault-name': { description: 'Key Vault with the passwords.' },
  'database-host': { description: 'Host name of the PostgreSQL server.' },
  'database-replica-hosts': { description: 'Host names of the read replicas, separated by commas. Empty: none.' },
  'database-name': { description: "Moodle's database." },
  'database-user': { description: 'Login of the database.' },
  'files-storage-account-name': { description: 'Storage account of the NFS share.' },
  'files-share-name': { description: 'NFS share for moodledata.' },
  'object-storage-account-name': { description: "Storage account of Moodle's file pool." },
  'object-storage-container-name': { description: "Container of Moodle's file pool." },
  'workload-identity-client-id': { description: "Client id of the identity that Moodle's pods run as." },
  'front-door-profile-name': { description: 'Front Door profile; its endpoint has the same name.' },
  'front-door-endpoint-host': { description: 'Host name of the Front Door endpoint.' },
  'rate-limit-per-minute': {
    type: 'integer',
    description: "Requests a minute of one address above which the firewall's rate limit begins.",
  },
  'web-replicas': { type: 'integer', description: 'Moodle web pods.' },
  'cron-replicas': { type: 'integer', description: 'Moodle cron pods.' },
  'pgbouncer-replicas': { type: 'integer', description: 'PgBouncer pods.' },
  'pgbouncer-pool-size': {
    type: 'integer',
    description: 'Server connections of one PgBouncer pod, all pools together.',
  },
  'redis-sessions-nodes': { type: 'integer', description: 'Nodes of the Redis Cluster for sessions.' },
  'redis-cache-nodes': { type: 'integer', description: 'Nodes of the Redis Cluster for the cache.' },
  'host-name': { description: 'Host name the site is served under.' },
  'private-link-request-message': {
    description: "Message that Front Door's connection carries; `approve-pls` approves the connection with this one.",
  },
  'origin-id': { description: 'Front Door origin.' },
} as const satisfies Record<string, OutputSpec>;

export const contract = defineContract({
  name: 'Provision the infrastructure',
  description:
    'Plans and applies a Terraform root with terraform or OpenTofu, and hands on its outputs with their types.',
  branding: { icon: 'layers', color: 'purple' },
  inputs: {
    ...modeInput,
    environment: {
      type: 'string',
      required: true,
      description: 'Name of the environment; stands for `{environment}` in `backend-config`.',
    },
    'working-directory': {
      type: 'path',
      default: 'infra',
      description: "The root's folder. Its last part stands for `{root}` in `backend-config`.",
    },
    variables: {
      type: 'json',
      default: '{}',
      description:
        "The root's variables as a JSON object. They are visible to everybody who can read the workflow: no secrets here.",
    },
    'backend-config': {
      type: 'list',
      description:
        'Settings of the backend, one `name=value` a line, such as `key={environment}/{root}.tfstate`. Access keys are refused: the backend signs in by `azure-client-id`.',
    },
    terraform: {
      type: 'string',
      default: 'auto',
      description: 'Program: a name on PATH or a path. `auto` takes terraform >= 1.9, else tofu >= 1.8.',
    },
    parallelism: { type: 'integer', min: 1, max: 100, default: '10', description: 'Operations at once.' },
    'lock-timeout': {
      type: 'duration',
      default: '5m',
      description: 'How long to wait for a state lock that another run holds.',
    },
    lock: {
      type: 'boolean',
      default: 'true',
      description: '`false` plans without a state lock, for an identity that may only read the state. Not for `apply`.',
    },
    ...azureInputs,
  },
  outputs: {
    ...reconcilerOutputs,
    'create-count': { type: 'integer', description: 'Resources that are created.' },
    'update-count': { type: 'integer', description: 'Resources that are updated in place.' },
    'replace-count': { type: 'integer', description: 'Resources that are deleted and created again.' },
    'destroy-count': { type: 'integer', description: 'Resources that are deleted.' },
    ...rootOutputs,
  },
});

/** The outputs that come from a root, which gives only its own. */
export const rootOutputSpecs: Readonly<Record<string, OutputSpec>> = rootOutputs;
