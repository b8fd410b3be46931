/**
 * The three ways in which the pipeline is started: the button of this repository, a pull request to it, and the button of
 * another repository that calls the reusable workflow, as a platform team has it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arguments } from './arguments.ts';
import { CALLER, REPOSITORY, rehearsalDirectory, repositoryRoot } from './layout.ts';
import type { RunOptions } from './runner/options.ts';

/** What a run is started with. */
export type Trigger = Pick<RunOptions, 'workflow' | 'event' | 'inputs' | 'repositories'>;

/** The one workflow file of a repository that calls ours; the one in the README, with this repository's name. */
const CALLER_WORKFLOW = `name: Moodle
on:
  workflow_dispatch:
    inputs:
      environment:
        type: string
        required: true
      mode:
        type: choice
        options: [plan, apply]
        default: plan
permissions: {}
jobs:
  moodle:
    permissions:
      contents: read
      actions: read
      id-token: write
    uses: ${REPOSITORY}/.github/workflows/environment.yml@main
    with:
      environment: \${{ inputs.environment }}
      mode: \${{ inputs.mode }}
    secrets:
      PLAN_KEY: \${{ secrets.PLAN_KEY }}
`;

/** Makes the calling repository: its workflow, its own copy of the environment files, and nothing of ours besides. */
function makeCaller(): string {
  const directory = join(rehearsalDirectory, 'caller');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, '.github/workflows'), { recursive: true });
  writeFileSync(join(directory, '.github/workflows/moodle.yml'), CALLER_WORKFLOW);
  cpSync(join(repositoryRoot, 'environments'), join(directory, 'environments'), { recursive: true });
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=Grace', '-c', 'user.email=grace@example.org'];
    execFileSync('git', [...identity, ...args], { cwd: directory, stdio: 'pipe' });
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=Deploy Moodle');
  return directory;
}

/**
 * Whether the deployment is preceded by the pull request that it would come from, which shows the plans of all environments
 * while nothing is there. Only where everything is rehearsed from the beginning.
 */
export function previewsFirst(args: Arguments): boolean {
  const partly = args.again || args.only !== undefined || args.fail !== undefined || args.mode === 'plan';
  return !args.noPreview && !args.pullRequest && !args.caller && !partly;
}

/** What starts the run that was asked for. */
export function triggerOf(args: Arguments): Trigger {
  const ours = { directory: repositoryRoot, ...(args.worktree ? { worktree: true as const } : {}) };
  const repositories = new Map([[REPOSITORY, ours]]);
  const inputs = { environment: args.environment, mode: args.mode };
  const pressed = { name: 'workflow_dispatch', actor: 'grace' } as const;
  if (args.pullRequest) {
    return {
      workflow: { repository: REPOSITORY, path: '.github/workflows/plan-preview.yml' },
      event: {
        name: 'pull_request',
        number: 7,
        head: { ref: 'change' },
        base: 'main',
        files: ['environments/production.yml'],
      },
      repositories,
    };
  }
  if (args.caller) {
    repositories.set(CALLER, { directory: makeCaller() });
    return {
      workflow: { repository: CALLER, path: '.github/workflows/moodle.yml' },
      event: pressed,
      inputs,
      repositories,
    };
  }
  return {
    workflow: { repository: REPOSITORY, path: '.github/workflows/deploy.yml' },
    event: pressed,
    inputs,
    repositories,
  };
}
