/**
 * The third-party actions that this runner does itself, with the inputs it understands. An input that is not listed is
 * refused before the run, because ignoring it could change what the workflow does.
 */
const accepted: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': ['repository', 'ref', 'path', 'persist-credentials', 'fetch-depth', 'token', 'clean'],
  'actions/upload-artifact': [
    'name',
    'path',
    'if-no-files-found',
    'retention-days',
    'compression-level',
    'overwrite',
    'include-hidden-files',
  ],
  'actions/download-artifact': ['name', 'path', 'pattern', 'merge-multiple'],
  'actions/setup-node': ['node-version', 'node-version-file', 'cache', 'check-latest', 'package-manager-cache'],
  'hashicorp/setup-terraform': ['terraform_version', 'terraform_wrapper'],
  'opentofu/setup-opentofu': ['tofu_version', 'tofu_wrapper'],
  'azure/setup-kubectl': ['version'],
};

/** Set-up actions wrap the tool by default, which changes its output; the wrapper is not simulated. */
const wrappers: Readonly<Record<string, string>> = {
  'hashicorp/setup-terraform': 'terraform_wrapper',
  'opentofu/setup-opentofu': 'tofu_wrapper',
};

/** Whether the runner has a substitute for an action's repository. */
export function isSubstituted(repository: string): boolean {
  return repository.toLowerCase() in accepted;
}

/** @throws Error naming an input that the substitute does not understand, or a wrapper that is not switched off. */
export function checkSubstituteInputs(repository: string, inputs: ReadonlyMap<string, string | undefined>): void {
  const known = accepted[repository.toLowerCase()] ?? [];
  const unknown = [...inputs.keys()].filter((input) => !known.includes(input.toLowerCase()));
  if (unknown.length > 0)
    throw new Error(`${repository}: input '${unknown.join("', '")}' is not simulated; known are ${known.join(', ')}`);
  const wrapper = wrappers[repository.toLowerCase()];
  if (wrapper !== undefined && inputs.get(wrapper) !== 'false')
    throw new Error(`${repository}: the wrapper is not simulated; set ${wrapper}: false`);
}
