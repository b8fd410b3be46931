import { azureInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract, type OutputSpec } from '#toolkit/action/contract';
import { FAILURE_REASONS } from './failure.ts';

/** Outputs of the root `infra/`, by Terraform's names with dashes. */
const platformOutputs = {
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
  'web-minimum-replicas': { type: 'integer', description: 'Moodle web pods below which an autoscaler must not go.' },
  'metrics-endpoint': { description: 'Query endpoint of managed Prometheus.' },
  'autoscaler-identity-client-id': {
    description: 'Client id of the identity with which KEDA reads managed Prometheus.',
  },
  'bill-of-materials': {
    type: 'json',
    description: "Quantities that a month's bill is made of, by the capacity model.",
  },
  'cron-replicas': { type: 'integer', description: 'Moodle cron pods.' },
  'pgbouncer-replicas': { type: 'integer', description: 'PgBouncer pods.' },
  'pgbouncer-pool-size': {
    type: 'integer',
    description: 'Server connections of one PgBouncer pod, all pools together.',
  },
  'password-version': { type: 'integer', description: "Number of the database's password." },
  'redis-sessions-nodes': { type: 'integer', description: 'Nodes of the Redis Cluster for sessions.' },
  'redis-cache-nodes': { type: 'integer', description: 'Nodes of the Redis Cluster for the cache.' },
} as const satisfies Record<string, OutputSpec>;

/** Outputs of the root `infra/frontend/`. */
const frontDoorOutputs = {
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
    'var-files': {
      type: 'list',
      description:
        'Further files of variables, `.tfvars` or `.tfvars.json`, one path a line; a later one wins, and `variables` over all.',
    },
    workspace: { type: 'string', description: 'Terraform workspace; `default` when empty.' },
    targets: {
      type: 'list',
      description: 'Addresses, one a line: only these and what they need are planned. For emergencies.',
    },
    replace: { type: 'list', description: 'Addresses, one a line, that are replaced although nothing demands it.' },
    'refresh-only': {
      type: 'boolean',
      default: 'false',
      description:
        'Looks for drift: the steps are what changed outside of Terraform, and `apply` takes it into the state without touching anything. In mode `plan` the outputs are those of the state, so this also reads what was deployed.',
    },
    destroy: {
      type: 'boolean',
      default: 'false',
      description:
        'Takes the whole root down. What holds data must be named in `allow-destroy` all the same, and so must what the root protects with `prevent_destroy`.',
    },
    'allow-destroy': {
      type: 'list',
      description:
        'Addresses, one a line, of resources with data (databases, storage, vaults, clusters, …) that may be deleted or replaced. All others are refused.',
    },
    'plan-key': {
      type: 'secret',
      description:
        'Secret that plan files are encrypted with, at least 32 random characters: `openssl rand -base64 32`. Without it `plan` is a preview and leaves nothing that could be applied.',
    },
    'plan-key-vault': {
      type: 'string',
      description: 'Resource id of a Key Vault that has the key, in place of `plan-key`.',
    },
    'plan-key-secret': { type: 'string', default: 'plan-key', description: "The secret's name in that vault." },
    'reviewed-plan': {
      type: 'path',
      description:
        'For `apply`: the file that `plan-file` named in mode `plan` of the same workflow run. What is applied is that plan and nothing else. Needed when there is a key; without both, what is planned now is applied. In mode `plan` the plan of now is compared with it.',
    },
    'plan-expiry': {
      type: 'duration',
      default: '168h',
      description: 'How old a reviewed plan may be.',
    },
    'variables-known-later': {
      type: 'list',
      description:
        'Names of variables, one a line, that may still be empty when the plan is reviewed, because an earlier phase makes their values. While one is, the plan is provisional: its shape (addresses and actions) is reviewed, and the values may be others at the apply.',
    },
    'outputs-of': {
      type: 'enum',
      values: ['any', 'platform', 'front-door'],
      default: 'any',
      description:
        "Which of the toolkit's own roots this is: then each of its outputs below must be there. `any` takes those that are.",
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
    'hide-azure-ids': {
      type: 'boolean',
      default: 'false',
      description:
        'Replaces the ids of tenant and subscription by `***` in comment, summary, errors and plan JSON. They are no secrets.',
    },
    comment: {
      type: 'enum',
      values: ['auto', 'never'],
      default: 'never',
      description:
        "`auto` writes the plan, or what became of it, into this toolkit's one comment on the pull request, beside the sections of other environments and roots. The job needs `permissions: pull-requests: write`.",
    },
    'github-token': { type: 'secret', description: 'Token to comment with: `github.token`.' },
    'pull-request': {
      type: 'integer',
      min: 1,
      max: 2_147_483_647,
      description: 'Number of the pull request; that of the event when empty.',
    },
    ...azureInputs,
  },
  outputs: {
    ...reconcilerOutputs,
    'create-count': { type: 'integer', description: 'Resources that are created.' },
    'update-count': { type: 'integer', description: 'Resources that are updated in place.' },
    'replace-count': { type: 'integer', description: 'Resources that are deleted and created again.' },
    'destroy-count': { type: 'integer', description: 'Resources that are deleted.' },
    'has-destroys': { type: 'boolean', description: 'Whether anything is deleted or replaced.' },
    drift: { type: 'integer', description: 'Resources that changed outside of Terraform since its last run.' },
    fingerprint: {
      description:
        'Keyed fingerprint of the plan, 64 hexadecimal digits: equal for plans that do the same. Needs a key.',
    },
    'plan-file': {
      description: 'Path of the encrypted plan, to be uploaded as an artifact. Only in mode `plan`, and with a key.',
    },
    'plan-json-path': {
      description: 'Path of the plan as JSON, as `terraform show -json` has it, with everything secret taken out.',
    },
    'plan-markdown-path': {
      description: 'Path of the plan as Markdown, attribute by attribute, short enough for a part of a comment.',
    },
    'comment-url': { description: 'Address of the comment; empty when none was to be written, or none could be.' },
    'failure-reason': {
      type: 'enum',
      values: FAILURE_REASONS,
      description: 'Why the step failed; empty when it did not.',
    },
    outputs: {
      type: 'json',
      description:
        "All of the root's outputs that are known and not sensitive, as a JSON object, by Terraform's names.",
    },
    ...platformOutputs,
    ...frontDoorOutputs,
  },
});

/** The outputs that come from a root, which gives only its own. */
export const rootOutputSpecs: Readonly<Record<string, OutputSpec>> = { ...platformOutputs, ...frontDoorOutputs };

/** The outputs that each root of the toolkit must have. */
export const outputsOfRoot: Readonly<Record<'any' | 'platform' | 'front-door', readonly string[]>> = {
  any: [],
  platform: Object.keys(platformOutputs),
  'front-door': Object.keys(frontDoorOutputs),
};
