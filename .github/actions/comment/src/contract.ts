import { defineContract } from '#toolkit/action/contract';

export const contract = defineContract({
  name: 'Comment on the pull request',
  description:
    'Keeps one comment of ours on a pull request, made of sections that several jobs may write at the same time.',
  branding: { icon: 'message-square', color: 'blue' },
  inputs: {
    sections: {
      type: 'json',
      required: true,
      description:
        'Markdown of the sections, as a JSON object by environment (or environment and root, `production/infra`). An empty text says that the plan failed. Sections of others in the comment are kept. A JSON list names sections whose texts are in `folder`.',
    },
    folder: {
      type: 'path',
      description:
        'Folder with the texts of the sections that a list names, `preview-NAME/preview.md` each, as downloaded artifacts are. One that is missing is as an empty text.',
    },
    name: {
      type: 'string',
      default: 'preview',
      description: 'Tells several comments of ours on one pull request apart.',
    },
    'github-token': { type: 'secret', required: true, description: 'Token with `pull-requests: write`.' },
    'pull-request': {
      type: 'integer',
      min: 1,
      max: 2_147_483_647,
      required: true,
      description: 'Number of the pull request.',
    },
  },
  outputs: {
    'comment-url': { description: 'Address of the comment; empty when it could not be written.' },
  },
});
