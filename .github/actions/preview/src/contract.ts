import { defineContract } from '#toolkit/action/contract';

export const contract = defineContract({
  name: 'Preview the pipeline',
  description: 'Puts the plans of all phases together into one table, for the approver and for the pull request.',
  branding: { icon: 'list', color: 'blue' },
  inputs: {
    environment: { type: 'string', required: true, description: 'Name of the environment that was planned.' },
    plans: {
      type: 'json',
      required: true,
      description:
        'The `steps` context of the job that planned, as JSON: every step with an output named `steps` is a phase.',
    },
  },
  outputs: {
    markdown: { description: 'The preview: a table of phases, then the steps of each, folded.' },
    changes: { type: 'integer', description: 'Number of steps over all phases.' },
  },
});
