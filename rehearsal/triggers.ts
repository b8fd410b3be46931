/**
 * The ways in which the pipeline is started: a button of this repository, a pull request to it, and the button of another
 * repository that calls a reusable workflow, as a platform team has it.
 */
import type { Arguments } from './arguments.ts';
import { CALLER_PATH, inputsFor, makeCaller, readTarget } from './caller.ts';
import { CALLER, REPOSITORY, repositoryRoot } from './layout.ts';
import type { RunOptions } from './runner/options.ts';

/** What a run is started with. */
export type Trigger = Pick<RunOptions, 'workflow' | 'event' | 'inputs' | 'repositories'>;

/**
 * Whether the deployment is preceded by the pull request that it would come from, which shows the plans of all environments
 * while nothing is there. Only where everything is rehearsed from the beginning.
 */
export function previewsFirst(args: Arguments): boolean {
  const partly = args.again || args.only !== undefined || args.fail !== undefined || args.mode === 'plan';
  return args.workflow === undefined && !args.noPreview && !args.pullRequest && !args.caller && !partly;
}

/** What starts the run that was asked for. */
export function triggerOf(args: Arguments): Trigger {
  const ours = { directory: repositoryRoot, ...(args.worktree ? { worktree: true as const } : {}) };
  const repositories = new Map([[REPOSITORY, ours]]);
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
  if (args.workflow === undefined && !args.caller) {
    const inputs = { environment: args.environment, mode: args.mode };
    return {
      workflow: { repository: REPOSITORY, path: '.github/workflows/deploy.yml' },
      event: pressed,
      inputs,
      repositories,
    };
  }
  const target = readTarget(args);
  if (!args.caller && target.dispatchInputs !== undefined) {
    const inputs = inputsFor(target.dispatchInputs, args);
    return { workflow: { repository: REPOSITORY, path: target.path }, event: pressed, inputs, repositories };
  }
  repositories.set(CALLER, { directory: makeCaller(target, inputsFor(target.callInputs ?? {}, args)) });
  return { workflow: { repository: CALLER, path: CALLER_PATH }, event: pressed, repositories };
}
