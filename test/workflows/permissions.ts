/** What every job's token may do against what its steps do: no less, and no more. */
import type { Finder } from './interfaces.ts';
import type { Job, WorkflowFile } from './model.ts';

export function problemsOfPermissions({ workflow }: WorkflowFile, find: Finder): string[] {
  return Object.entries(workflow.jobs).flatMap(([name, job]) => {
    const needed = neededBy(job, find);
    const granted = job.permissions ?? {};
    const scopes = [...new Set([...Object.keys(granted), ...needed.keys()])];
    return scopes.flatMap((scope) => {
      const [has, needs] = [granted[scope] ?? 'none', needed.get(scope) ?? 'none'];
      if (rank(has) < rank(needs)) return [`${name}: needs the permission ${scope}: ${needs} and has ${has}`];
      // What a script does with the token of its job cannot be seen from here.
      const usesToken = JSON.stringify(job.steps ?? []).includes('github.token') && job.uses === undefined;
      return rank(has) > rank(needs) && !usesToken ? [`${name}: has ${scope}: ${has}, and nothing in it needs it`] : [];
    });
  });
}

/** Releases and references are written with `contents: write`, also by a script. */
const WRITES_CONTENTS =
  /\bgh release (?:create|edit|upload|delete)\b|\bgh api --method (?:POST|PATCH|DELETE) "repos\/[^"]*\/git\/refs/;

const rank = (access: string): number => ['none', 'read', 'write'].indexOf(access);

/** Scopes with the highest access that something in the job needs. */
function neededBy(job: Job, find: Finder): Map<string, string> {
  const needed = new Map<string, string>();
  const add = (permissions: readonly string[]): void => {
    for (const permission of permissions) {
      const [scope = '', access = ''] = permission.split(': ');
      if (rank(access) > rank(needed.get(scope) ?? 'none')) needed.set(scope, access);
    }
  };
  if (job.uses !== undefined) add(find(job.uses)?.permissions ?? []);
  for (const { uses, run, with: values } of job.steps ?? []) {
    if (run !== undefined && WRITES_CONTENTS.test(run)) add(['contents: write']);
    const given = values ?? {};
    if (uses === undefined) continue;
    add(find(uses)?.permissions ?? []);
    if ('azure-client-id' in given) add(['id-token: write']);
    // It looks at the gate with the token that it is given.
    if (uses.endsWith('/.github/actions/environment') && 'github-token' in given) add(['actions: read']);
  }
  return needed;
}
