/** All checks over a set of workflow files that may call each other. */
import type { Contract } from '#toolkit/action/contract';
import { parseWorkflow } from '../../rehearsal/runner/parse.ts';
import { Problems } from '../../rehearsal/runner/problems.ts';
import { problemsOfConventions } from './conventions.ts';
import { finderOf } from './interfaces.ts';
import { readWorkflow } from './model.ts';
import { problemsOfPermissions } from './permissions.ts';
import { problemsOfReferences } from './references.ts';
import { problemsOfUses } from './uses.ts';

/** Texts by name of the file in `.github/workflows`, or by a longer path for one of another folder. */
export type Texts = ReadonlyMap<string, string>;

/** Everything that is wrong by our own checks, one sentence each with its file before it. */
export function checkWorkflows(texts: Texts, contracts: ReadonlyMap<string, Contract>): string[] {
  const files = [...texts].map(([file, text]) => readWorkflow(file, text));
  const find = finderOf(contracts, files);
  return files.flatMap((one) =>
    [problemsOfConventions, problemsOfUses, problemsOfReferences, problemsOfPermissions]
      .flatMap((check) => check(one, find))
      .map((problem) => `${one.file}: ${problem}`),
  );
}

/** What GitHub's own parser refuses in one file: unknown keys, contexts that a key may not read, jobs that wait for each other. */
export async function checkByGitHub(file: string, text: string): Promise<string[]> {
  const problems = new Problems();
  await parseWorkflow(file, text, problems);
  return problems.list.map(({ message }) => `${file}: ${message}`);
}
