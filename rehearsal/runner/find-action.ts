import { join, relative } from 'node:path';
import type { Frame, JobState } from './job-state.ts';
import { ActionLoader } from './load-action.ts';
import type { Action, Substitution, UsesBody } from './model.ts';
import { Problems } from './problems.ts';

/**
 * The action of a step. A `./` path is looked up now, in what the job has checked out; everything else was found when
 * the workflow was loaded.
 *
 * @throws Error in the runner's words, with a hint when the action exists in the repository of the workflow file.
 */
export async function findAction(state: JobState, frame: Frame, body: UsesBody): Promise<Action | Substitution> {
  if (body.target !== undefined) return body.target;
  const { workspace } = state.directories;
  const problems = new Problems();
  const loader = new ActionLoader(state.run.sources, problems);
  const directory = join(workspace, body.reference.path);
  const action = await loader
    .loadFrom(directory, undefined, frame.depth, `./${relative(workspace, directory)}`)
    .catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}.${hint(state, body.reference.path)}`);
    });
  problems.check();
  if (action === undefined) throw new Error(`action '${body.uses}' could not be read`);
  return action;
}

function hint(state: JobState, path: string): string {
  const { source } = state.leg.instance.workflow;
  const caller = state.run.workflow.source;
  if (source.repository === caller.repository)
    return ' Did you forget to run actions/checkout before running your local action?';
  return ` './${path}' is looked up in what the job checked out (here of ${caller.repository}); '$/${path}' is the action of ${source.repository}, where this workflow is.`;
}
