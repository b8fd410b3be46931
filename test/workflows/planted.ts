/** Faults to plant in the real workflows, one at a time. */

/** A replacement of one text in one file, and what the check must say of it. */
export interface Fault {
  what: string;
  file: string;
  /** The first place where it stands is replaced. */
  from: string | RegExp;
  to: string;
  finds: string;
}

export const FAULTS: readonly Fault[] = [
  // Inputs
  {
    what: 'an input that the action does not have',
    file: 'plan.yml',
    from: 'outputs-of: platform',
    to: 'output-of: platform',
    finds: 'plan: $/actions/provision-infra has no input output-of',
  },
  {
    what: 'a required input of an action is missing',
    file: 'apply.yml',
    from: /^ +host-name: \$\{\{ needs\.frontend.*\n/m,
    to: '',
    finds: 'smoke: $/.github/actions/smoke needs the input host-name',
  },
  {
    what: 'a value that is none of an enumeration',
    file: 'apply.yml',
    from: 'on-partial: reinstall',
    to: 'on-partial: reinstal',
    finds: 'database: input on-partial of $/actions/install-db is one of stop, reinstall and is given reinstal',
  },
  {
    what: 'a text for a truth',
    file: 'apply.yml',
    from: 'monitoring: true',
    to: 'monitoring: maybe',
    finds: 'services: input monitoring of $/actions/deploy-moodle is a boolean and is given maybe',
  },
  {
    what: 'a name for a number',
    file: 'plan.yml',
    from: 'nodes: ${{ steps.infra.outputs.redis-sessions-nodes }}',
    to: 'nodes: ${{ steps.infra.outputs.cluster-name }}',
    finds:
      'plan: input nodes of $/actions/redis-bootstrap is a integer and is given ${{ steps.infra.outputs.cluster-name }}, a string',
  },
  {
    what: 'a name for a number, through the output of a job',
    file: 'apply.yml',
    from: 'replicas: ${{ needs.infra.outputs.web-replicas }}',
    to: 'replicas: ${{ needs.infra.outputs.key-vault-name }}',
    finds:
      'web: input replicas of $/actions/deploy-moodle is a integer and is given ${{ needs.infra.outputs.key-vault-name }}, a string',
  },
  {
    what: 'an action of others is given what it does not know',
    file: 'plan.yml',
    from: 'terraform_wrapper: false',
    to: 'terraform-wrapper: false',
    finds: 'has no input terraform-wrapper',
  },
  {
    what: 'a called workflow is given what it does not have',
    file: 'deploy.yml',
    from: 'mode: ${{ inputs.mode }}',
    to: 'modus: ${{ inputs.mode }}',
    finds: 'deploy: $/.github/workflows/environment.yml has no input modus',
  },
  {
    what: 'a required input of a called workflow is missing',
    file: 'environment.yml',
    from: /^ +settings: \$\{\{ needs\.plan.*\n/m,
    to: '',
    finds: 'apply: $/.github/workflows/apply.yml needs the input settings',
  },
  {
    what: 'a called workflow is given a text for a truth',
    file: 'apply.yml',
    from: 'recheck: true',
    to: 'recheck: ${{ inputs.environment }}',
    finds:
      'recheck: input recheck of $/.github/workflows/plan.yml is a boolean and is given ${{ inputs.environment }}, a string',
  },
  {
    what: 'the called workflow renames an input',
    file: 'plan.yml',
    from: /^ {6}environment-file:/m,
    to: '      environment-path:',
    finds: 'environment.yml: plan: $/.github/workflows/plan.yml has no input environment-file',
  },
  {
    what: 'the called workflow demands an input that its callers do not give',
    file: 'environment.yml',
    from: /^ {6}mode:/m,
    to: '      ticket:\n        description: A number.\n        type: string\n        required: true\n      mode:',
    finds: 'deploy.yml: deploy: $/.github/workflows/environment.yml needs the input ticket',
  },
  {
    what: 'a misspelt input in the name of an environment',
    file: 'apply.yml',
    from: 'environment: ${{ inputs.deploy-environment }}',
    to: 'environment: ${{ inputs.deploy-enviroment }}',
    finds: 'infra: there is no inputs.deploy-enviroment',
  },
  // Outputs
  {
    what: 'an output that the action does not have',
    file: 'apply.yml',
    from: 'seeds: ${{ steps.redis.outputs.seeds }}',
    to: 'seeds: ${{ steps.redis.outputs.seed }}',
    finds: 'redis-sessions: there is no steps.redis.outputs.seed',
  },
  {
    what: 'a step that there is not',
    file: 'apply.yml',
    from: 'image: ${{ steps.pgbouncer.outputs.image }}',
    to: 'image: ${{ steps.pg-bouncer.outputs.image }}',
    finds: 'pgbouncer-image: reads steps.pg-bouncer.outputs.image, and no step before it is pg-bouncer',
  },
  {
    what: 'a step that comes later',
    file: 'plan.yml',
    from: 'image-context: .toolkit/images/pgbouncer',
    to: 'image-context: .toolkit/images/${{ steps.image.outputs.image }}',
    finds: 'plan: reads steps.image.outputs.image, and no step before it is image',
  },
  {
    what: 'an output of a job that has none of that name',
    file: 'apply.yml',
    from: 'image: ${{ needs.image.outputs.image }}',
    to: 'image: ${{ needs.image.outputs.moodle-image }}',
    finds: 'there is no needs.image.outputs.moodle-image',
  },
  {
    what: 'an output of a job that is not among the needs',
    file: 'apply.yml',
    from: 'needs: [infra, image, services]',
    to: 'needs: [infra, services]',
    finds: 'database: reads needs.image.outputs.image, and does not need image',
  },
  {
    what: 'an output of a called workflow that it does not have',
    file: 'environment.yml',
    from: 'value: ${{ jobs.apply.outputs.host-name ||',
    to: 'value: ${{ jobs.apply.outputs.hostname ||',
    finds: 'environment.yml: there is no jobs.apply.outputs.hostname',
  },
  {
    what: 'a phase that is not always planned',
    file: 'plan.yml',
    from: 'id: database',
    to: "id: database\n        if: ${{ steps.image.outputs.image != '' }}",
    finds: 'plan: step "Plan the database" plans a phase, and has a condition',
  },
  {
    what: 'a gate that is passed by for another reason than that there is nothing to do',
    file: 'environment.yml',
    from: "needs.plan.outputs.unchanged != 'true'",
    to: "needs.plan.outputs.changes != '0'",
    finds: 'gate: is asked always, or left out only in mode plan and when the plan is unchanged',
  },
  {
    what: 'an output that is made of no job',
    file: 'environment.yml',
    from: 'value: ${{ jobs.plan.outputs.changes }}',
    to: 'value: ${{ steps.plan.outputs.changes }}',
    finds: 'environment.yml: an output reads steps.plan.outputs.changes',
  },
  {
    what: 'a job that needs one that there is not',
    file: 'apply.yml',
    from: 'needs: [infra, services, frontend]',
    to: 'needs: [infra, services, frontend, webb]',
    finds: 'approve-pls: needs webb, which is no job',
  },
  {
    what: 'two jobs that wait for each other',
    file: 'environment.yml',
    from: 'needs: plan\n',
    to: 'needs: [plan, apply]\n',
    finds: 'environment.yml: Job',
  },
  // Secrets and variables
  {
    what: 'a secret that is not handed on',
    file: 'environment.yml',
    from: /allow-destroy: \$\{\{ needs\.plan[^\n]*\n {4}secrets:\n[^\n]*\n/,
    to: 'allow-destroy: ${{ needs.plan.outputs.allow-destroy }}\n',
    finds: 'apply: $/.github/workflows/apply.yml needs the secret PLAN_KEY',
  },
  {
    what: 'a secret that the called workflow does not have',
    file: 'deploy.yml',
    from: 'PLAN_KEY: ${{',
    to: 'PLANKEY: ${{',
    finds: 'deploy: $/.github/workflows/environment.yml has no secret PLANKEY',
  },
  {
    what: 'all secrets for a called workflow',
    file: 'deploy.yml',
    from: /secrets:\n.*\n/,
    to: 'secrets: inherit\n',
    finds: 'deploy: $/.github/workflows/environment.yml is given all secrets',
  },
  {
    what: 'a secret that is not declared',
    file: 'plan.yml',
    from: 'plan-key: ${{ secrets.PLAN_KEY }}',
    to: 'plan-key: ${{ secrets.PLANKEY }}',
    finds: 'plan: there is no secrets.PLANKEY',
  },
  {
    what: 'a variable that nobody is told to set',
    file: 'apply.yml',
    from: 'vars.AZURE_CLIENT_ID',
    to: 'vars.AZURE_CLIENTID',
    finds: 'infra: there is no vars.AZURE_CLIENTID',
  },
  {
    what: 'the commit of the caller for that of the workflow',
    file: 'apply.yml',
    from: 'job.workflow_sha',
    to: 'github.workflow_sha',
    finds: 'infra: there is no github.workflow_sha',
  },
  // Permissions
  {
    what: 'no identity token for a job that signs in to Azure',
    file: 'apply.yml',
    from: /(\n {2}image:\n {4}name:[\s\S]*?) {6}id-token: write\n/,
    to: '$1',
    finds: 'image: needs the permission id-token: write and has none',
  },
  {
    what: 'no identity token for a called workflow whose jobs sign in',
    file: 'deploy.yml',
    from: /^ +id-token: write\n/m,
    to: '',
    finds: 'deploy: needs the permission id-token: write and has none',
  },
  {
    what: 'a checkout without contents: read',
    file: 'apply.yml',
    from: /(\n {2}web:\n {4}name:[\s\S]*?) {6}contents: read\n/,
    to: '$1',
    finds: 'web: needs the permission contents: read and has none',
  },
  {
    what: 'a comment without pull-requests: write',
    file: 'preview.yml',
    from: 'pull-requests: write',
    to: 'pull-requests: read',
    finds: 'comment: needs the permission pull-requests: write and has read',
  },
  {
    what: 'a permission that nothing needs',
    file: 'apply.yml',
    from: /^ {4}permissions: \{\}$/m,
    to: '    permissions:\n      contents: write',
    finds: 'smoke: has contents: write, and nothing in it needs it',
  },
  {
    what: 'permissions for all jobs of a file',
    file: 'apply.yml',
    from: /^permissions: \{\}$/m,
    to: 'permissions:\n  contents: read',
    finds: 'apply.yml: permissions at the top must be {}',
  },
  {
    what: 'a job that signs in without an environment',
    file: 'apply.yml',
    from: /(\n {2}cron:\n {4}name:[\s\S]*?) {4}environment: .*\n/,
    to: '$1',
    finds: 'cron: signs in to Azure without an environment',
  },
  // Conventions
  {
    what: 'an action by its tag',
    file: 'ci.yml',
    from: /actions\/checkout@[0-9a-f]{40} # v7\.0\.1/,
    to: 'actions/checkout@v7',
    finds: 'ci.yml: actions/checkout@v7 is not pinned to a commit',
  },
  {
    what: 'an action of the checkout of the caller',
    file: 'plan.yml',
    from: '$/.github/actions/preview',
    to: './.github/actions/preview',
    finds: "plan.yml: ./.github/actions/preview is looked for in the caller's checkout",
  },
  {
    what: 'an action that there is not',
    file: 'apply.yml',
    from: '$/actions/approve-pls',
    to: '$/actions/approve-psl',
    finds: 'approve-pls: there is no $/actions/approve-psl',
  },
  {
    what: 'an expression in a script',
    file: 'environment.yml',
    from: 'The gate of $ENVIRONMENT',
    to: 'The gate of ${{ inputs.environment }}',
    finds: 'gate: step "Note the approval" has an expression in its script',
  },
  {
    what: 'a job without a limit of time',
    file: 'plan.yml',
    from: /^ +timeout-minutes: 30\n/m,
    to: '',
    finds: 'plan: needs timeout-minutes',
  },
  {
    what: 'a checkout that leaves its credentials behind',
    file: 'ci.yml',
    from: 'persist-credentials: false',
    to: 'persist-credentials: true',
    finds: 'ci: a checkout leaves its credentials behind',
  },
  {
    what: 'an environment at a job that calls',
    file: 'deploy.yml',
    from: '    uses: $/.github/workflows/environment.yml',
    to: '    environment: production\n    uses: $/.github/workflows/environment.yml',
    finds: 'deploy: calls a workflow and names an environment',
  },
  {
    what: 'an input without a description',
    file: 'apply.yml',
    from: /^ +description: Name of the environment\.\n/m,
    to: '',
    finds: 'apply.yml: environment has no description',
  },

  // The gate and the queue
  {
    what: 'a teardown that does not wait for the gate',
    file: 'teardown.yml',
    from: 'needs: [plan, gate]',
    to: 'needs: [plan]',
    finds: 'destroy: changes the environment without waiting for the job gate',
  },
  {
    what: 'a change beside the queue of the environment',
    file: 'scale.yml',
    from: '      queue: max\n',
    to: '',
    finds: 'pods: changes the environment outside of its queue',
  },
  {
    what: 'a button with more than a caller can give',
    file: 'rollback.yml',
    from: /^ {2}workflow_dispatch:\n {4}inputs:\n/m,
    to: '  workflow_dispatch:\n    inputs:\n      more:\n        description: More.\n        type: string\n',
    finds: 'the button has the input more, which a caller cannot give',
  },
];
