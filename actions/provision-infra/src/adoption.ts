/**
 * Resources that a run made and that its state does not know, because the run was killed between the two. azurerm refuses
 * to make them again, so the next run would fail for ever; instead it imports them, when they are provably its own. Pure.
 *
 * A resource is our own when it carries the tags that this environment's root gives, or lies in a resource group that the
 * root has. And the import must not lead to a replacement: what differs that much is somebody else's.
 */
import { z } from 'zod';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-json';

/** A resource that exists and is not in the state. */
export interface Orphan {
  /** Its address in the root. */
  address: string;
  /** Azure's resource id. */
  id: string;
}

/** What azurerm says, in all of its resources (internal/tf/errors.go, ImportAsExistsError). */
const EXISTS = /resource with the ID "([^"]+)" already exists/;

/** The orphans that the errors of an apply tell of. Empty when it failed for any other reason as well. */
export function orphansOf(errors: readonly { summary: string; address?: string | undefined }[]): Orphan[] {
  const orphans = errors.map(({ summary, address }) => ({ address, id: EXISTS.exec(summary)?.[1] }));
  const complete = orphans.filter(
    (orphan): orphan is Orphan => orphan.address !== undefined && orphan.id !== undefined,
  );
  return complete.length === errors.length ? complete : [];
}

/** A quoted string of HCL: JSON's, with the beginnings of templates escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, (sign) => sign + sign);
}

/** Import blocks (https://developer.hashicorp.com/terraform/language/import): the plan shows what an import leads to before it is done. */
export function renderImports(orphans: readonly Orphan[]): string {
  return orphans.map(({ address, id }) => `import {\n  to = ${address}\n  id = ${quoted(id)}\n}\n`).join('\n');
}

const attributes = z.object({ id: z.string().catch(''), tags: z.record(z.string(), z.string()).nullish().catch(null) });

/** What the resource is now, as far as it matters here. */
function current({ change }: ResourceChange): z.infer<typeof attributes> {
  return attributes.catch({ id: '', tags: null }).parse(change.before);
}

/** Whether a resource carries the tags of the environment. */
function tagged(resource: ResourceChange, environment: string): boolean {
  const { tags } = current(resource);
  return tags?.environment === environment && tags['managed-by'] === 'terraform';
}

/** Ids of the resource groups that the root has, those that it adopts included when they are tagged. */
function ownGroups(plan: PlanJson, environment: string): string[] {
  return plan.resource_changes
    .filter(({ type }) => type === 'azurerm_resource_group')
    .filter((group) => group.change.importing === undefined || tagged(group, environment))
    .map((group) => current(group).id.toLowerCase())
    .filter((id) => id !== '');
}

/** The orphans that a plan with their import blocks does not show to be our own: they must not be touched. */
export function foreignOrphans(plan: PlanJson, orphans: readonly Orphan[], environment: string): Orphan[] {
  const groups = ownGroups(plan, environment);
  return orphans.filter(({ address, id }) => {
    const resource = plan.resource_changes.find((candidate) => candidate.address === address);
    if (resource?.change.importing === undefined) return true;
    if (!resource.change.actions.every((action) => action === 'no-op' || action === 'update')) return true;
    return !tagged(resource, environment) && !groups.some((group) => id.toLowerCase().startsWith(`${group}/`));
  });
}
