/**
 * A plan as one number: the same for two plans that do the same, another for any difference that matters, also inside
 * sensitive values. It is keyed, so that nobody can try out short secrets against it. Pure.
 */
import { createHmac, hash } from 'node:crypto';
import { canonicalText } from '#toolkit/action/canonical';
import { type PlannedChanges, type ReviewedChange, reviewedChange, reviewedOutput } from './reviewed-change.ts';

/** What a plan belongs to. It cannot be taken for the plan of anything else. */
export interface Binding {
  /** `owner/name` on GitHub. */
  repository: string;
  commit: string;
  /** The calling workflow's file and ref. */
  workflow: string;
  environment: string;
  /** The root's folder. */
  root: string;
  /** Id of the workflow run; attempts of one run share it. */
  run: string;
  /** The state: settings of the backend and workspace. */
  state: string;
}

/** What made a plan, besides the configuration. */
export interface PlanMakers {
  product: string;
  version: string;
  /** Versions of the providers by their source addresses. */
  providers: Readonly<Record<string, string>>;
  /** Hash of the lock file that came with the root; empty when none did. */
  lockFile: string;
  /** Options that make another plan of the same configuration, such as targets. */
  options: readonly string[];
  /** Whether the plan only takes over what changed outside of Terraform. */
  refreshOnly: boolean;
}

/** What `fingerprint` needs besides the plan. */
export interface FingerprintContext {
  key: Uint8Array;
  binding: Binding;
  makers: PlanMakers;
}

/** The digest of each change, by its key: equal digests, equal changes. They are not keyed and must not leave the process. */
export function changeDigests(plan: PlannedChanges, refreshOnly: boolean): Map<string, string> {
  const digests = new Map<string, string>();
  for (const resource of plan.resource_changes ?? []) {
    const change = reviewedChange(resource);
    if (change !== undefined) digests.set(change.key, digestOf(change));
  }
  if (refreshOnly)
    for (const resource of plan.resource_drift ?? []) {
      const change = reviewedChange(resource);
      if (change !== undefined) digests.set(`drift of ${change.key}`, digestOf(change));
    }
  for (const [name, planned] of Object.entries(plan.output_changes ?? {})) {
    const change = reviewedOutput(name, planned);
    if (change !== undefined) {
      const { actions, after, before, key, unknown } = change;
      digests.set(key, hash('sha256', canonicalText({ actions, after, before, unknown })));
    }
  }
  for (const name of ['action_invocations', 'deferred_changes'] as const)
    if (plan[name] !== undefined) digests.set(name, hash('sha256', canonicalText(plan[name])));
  return digests;
}

function digestOf(change: ReviewedChange): string {
  const { actions, address, after, before, importId, key, previousAddress, provider, type, unknown } = change;
  const replacePaths = change.replacePaths.map(canonicalText).sort();
  // In the order of their names, which spares `canonicalText` the sorting.
  const compared = {
    actions,
    address,
    after,
    before,
    importId,
    key,
    previousAddress,
    provider,
    replacePaths,
    type,
    unknown,
  };
  return hash('sha256', canonicalText(compared));
}

/** The fingerprint of a plan: 64 hexadecimal digits. */
export function fingerprint(plan: PlannedChanges, { key, binding, makers }: FingerprintContext): string {
  const hmac = createHmac('sha256', key);
  const variables = Object.keys(plan.variables ?? {}).sort();
  hmac.update(
    canonicalText({
      format: 1,
      ...binding,
      ...makers,
      options: [...makers.options].sort(),
      terraformVersion: plan.terraform_version ?? '',
      variables,
    }),
  );
  const digests = [...changeDigests(plan, makers.refreshOnly)].sort(([a], [b]) => (a < b ? -1 : 1));
  hmac.update(digests.map(([name, digest]) => `\n${JSON.stringify(name)} ${digest}`).join(''));
  return hmac.digest('hex');
}
