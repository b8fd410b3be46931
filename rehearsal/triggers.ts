/**
 * The ways in which the pipeline is started: a button of this repository, a pull request to it, and the button of another
 * repository that calls a reusable workflow, as a platform team has it.
 */
import type { Arguments } from './arguments.ts';
import { inputsFor, makeCaller, readTarget } from './caller.ts';
import { CALLER, REPOSITORY, repositoryRoot } from './layout.ts';
import type { RunOptions } from './runner/options.ts';
import type { Repository } from './runner/sources.ts';

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
  const ours: Repository = { directory: repositoryRoot, ...(args.worktree ? { worktree: true as const } : {}) };
  const repositories = new Map([[REPOSITORY, ours]]);
  const here = startedHere(args);
  const { path, inputs, directory } = here ?? makeCaller(args);
  const repository = directory === undefined ? REPOSITORY : CALLER;
  // As a repository of today is: its ID tokens have the new form of subject, and ours the old.
  if (directory !== undefined) repositories.set(CALLER, { directory, immutableSubject: true });
  const workflow = { repository, path };
  return args.pullRequest
    ? { workflow, event: pullRequest(args, repository), repositories }
    : { workflow, event: { name: 'workflow_dispatch', actor: 'grace' }, inputs, repositories };
}

/** What is started in this repository; nothing when another one is to call it. */
function startedHere(
  args: Arguments,
): { path: string; inputs: Record<string, string>; directory?: undefined } | undefined {
  if (args.caller) return undefined;
  if (args.pullRequest) return { path: '.github/workflows/plan-preview.yml', inputs: {} };
  if (args.workflow === undefined)
    return { path: '.github/workflows/deploy.yml', inputs: { environment: args.environment, mode: args.mode } };
  const { path, dispatchInputs } = readTarget(args);
  return dispatchInputs === undefined ? undefined : { path, inputs: inputsFor(dispatchInputs, args) };
}

function pullRequest({ fork }: Arguments, repository: string): Trigger['event'] {
  return {
    name: 'pull_request',
    number: 7,
    head: { ref: 'change', ...(fork ? { repository: `mallory/${repository.split('/')[1]}` } : {}) },
    base: 'main',
    files: ['environments/production.yml'],
  };
}
