import { defineContract } from '#toolkit/action/contract';

export const contract = defineContract({
  name: 'Read the environment file',
  description:
    'Reads and checks environments/NAME.yml, and the gate that GitHub has for it, before anything is planned.',
  branding: { icon: 'file-text', color: 'blue' },
  inputs: {
    environment: {
      type: 'string',
      required: true,
      description: 'Name of the environment: that of its file and of its gate on GitHub.',
    },
    file: { type: 'path', description: 'The environment file. `environments/NAME.yml` when empty.' },
    overrides: {
      type: 'json',
      default: '{}',
      description:
        'Keys of the file that are others for this run, as a JSON object such as `{"concurrentUsers": 300000}`. Sections are merged, lists are added to, and the result is checked as the file is.',
    },
    mode: {
      type: 'enum',
      values: ['plan', 'apply'],
      default: 'plan',
      description:
        'Before `apply` the gate is checked too: the GitHub environment must exist, and must have reviewers when the file says `approval: required`.',
    },
    'plan-key': {
      type: 'secret',
      description: 'The secret that reviewed plans are encrypted with. Needed for `apply`, unless a vault has it.',
    },
    'plan-key-vault': {
      type: 'string',
      description: 'Resource id of the Key Vault that has it in place of `plan-key`.',
    },
    variables: {
      type: 'json',
      default: '{}',
      description: 'The `vars` context of the job, as JSON: what it needs to sign in must be there.',
    },
    'variables-of': {
      type: 'string',
      description:
        'GitHub environment of the job, which a message names. When empty the job signs in to nothing, and `variables` is not looked at.',
    },
    warnings: {
      type: 'boolean',
      default: 'true',
      description: 'Whether what is doubtful in the file is warned of. `false` for a file that is only compared with.',
    },
    'github-token': {
      type: 'secret',
      description: 'Token with `actions: read`, to look at the gate. Needed for `apply`.',
    },
  },
  outputs: {
    settings: { type: 'json', description: 'The whole file with its defaults filled in, as JSON.' },
    'terraform-variables': { type: 'json', description: 'The variables of the Terraform root `infra/`, as JSON.' },
    'allow-destroy': {
      description: "Addresses that may be deleted or replaced, one a line: the file's `allowDestroy`.",
    },
    'image-arguments': { description: 'Build arguments of the Moodle image, one `NAME=value` a line.' },
  },
});
