/** What a plan is bound to, and in which words a plan of something else is refused. */
import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { canonicalText } from '#toolkit/action/canonical';
import { type FailureReason, Refused } from './failure.ts';
import type { Binding } from './fingerprint.ts';

/** What the binding is made of, besides GitHub's own variables. */
export interface BoundTo {
  environment: string;
  workingDirectory: string;
  backendConfig: Readonly<Record<string, string>>;
  workspace: string | undefined;
}

/** The binding of this run. Outside of GitHub the parts that it would name are empty. */
export function bindingOf(variables: Readonly<Record<string, string | undefined>>, bound: BoundTo): Binding {
  const { environment, workingDirectory, backendConfig, workspace } = bound;
  return {
    repository: variables.GITHUB_REPOSITORY ?? '',
    commit: variables.GITHUB_SHA ?? '',
    workflow: variables.GITHUB_WORKFLOW_REF ?? '',
    environment,
    root: posix.normalize(workingDirectory).replace(/\/$/, ''),
    run: variables.GITHUB_RUN_ID ?? '',
    // Names of storage accounts need not be read by everybody who can read the artifact.
    state: hash('sha256', canonicalText({ backendConfig, workspace: workspace ?? 'default' })),
  };
}

/** Each part with its refusal; the first that differs is told. */
const PARTS: readonly [keyof Binding, FailureReason, (planned: string, here: string) => string][] = [
  [
    'repository',
    'plan-wrong-repository',
    (planned, here) => `The plan file was made in repository ${planned} and this is ${here}.`,
  ],
  [
    'environment',
    'plan-wrong-environment',
    (planned, here) => `The plan file is one of environment ${planned} and this is ${here}.`,
  ],
  ['root', 'plan-wrong-root', (planned, here) => `The plan file is one of the root ${planned} and this is ${here}.`],
  [
    'commit',
    'plan-wrong-commit',
    (planned, here) => `The plan file was made of commit ${planned} and this is ${here}: plan this commit.`,
  ],
  [
    'workflow',
    'plan-wrong-workflow',
    (planned, here) => `The plan file was made by the workflow ${planned} and this is ${here}.`,
  ],
  [
    'run',
    'plan-foreign-run',
    (planned, here) =>
      `The plan file was made by workflow run ${planned} and this is run ${here}: what was approved here is the plan of this run.`,
  ],
  [
    'state',
    'plan-wrong-state',
    () =>
      'The plan file was made with other settings of the backend, or in another workspace: give "backend-config" and "workspace" the same values in both jobs.',
  ],
];

/** @throws Refused that names the first part in which the plan belongs to something else */
export function checkBinding(planned: Binding, here: Binding): void {
  for (const [part, reason, sentence] of PARTS)
    if (planned[part] !== here[part])
      throw new Refused(reason, `${sentence(planned[part], here[part])} Nothing was applied.`);
}
