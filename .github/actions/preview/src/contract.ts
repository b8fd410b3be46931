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
    prices: {
      type: 'path',
      description:
        'File of prices, in the form of `scripts/capacity/prices.json`, from which the monthly cost is estimated. No cost is told without it.',
    },
    'before-change': {
      type: 'string',
      description:
        "Id of the step, among `plans`, that asked the capacity model about the environment file as it is without the pull request: the cost is then told as the pull request's own. It is no phase.",
    },
    reviewed: {
      type: 'path',
      description:
        'What `review-file` named when the plan was shown for approval. The plans are compared with it, and a phase that would do something else fails the step.',
    },
  },
  outputs: {
    markdown: { description: 'The preview: a table of phases, then the steps of each, folded.' },
    changes: { type: 'integer', description: 'Number of steps over all phases.' },
    unchanged: {
      type: 'boolean',
      description:
        'Whether no step failed, no phase has anything to do, and all that is there has come up: then there is nothing to approve.',
    },
    'review-file': { description: 'Path of what is needed to compare these plans with later ones: no secrets in it.' },
  },
});
