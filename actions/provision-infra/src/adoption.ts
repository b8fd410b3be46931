/**
 * Resources that a run made and that its state does not know, because the run was killed between the two. azurerm refuses
 * to make them again, so the next run would fail for ever; instead it imports them, when they are provably its own. Pure.
 *
 * A resource is our own when it carries the tags that this environment's root gives, or lies in a resource group that the
 * root has or that carries them. And the import must not lead to a replacement: what differs that much is somebody else's.
 */
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

type Tags = Readonly<Record<string, string>>;

/** What the resource is now, as far as it matters here. */
function current({ change }: ResourceChange): { id: string; tags: Tags | undefined } {
  const { id, tags } = (change.before ?? {}) as { id?: unknown; tags?: unknown };
  return { id: typeof id === 'string' ? id : '', tags: isTags(tags) ? tags : undefined };
}

function isTags(value: unknown): value is Tags {
  return typeof value === 'object' && value !== null && Object.values(value).every((tag) => typeof tag === 'string');
}

/** Whether tags are those that the roots of the environment give (infra/names.tf). */
export function tagsAreOurs(tags: Tags | undefined, environment: string): boolean {
  return tags?.environment === environment && tags['managed-by'] === 'terraform';
}

/** Whether a resource carries the tags of the environment; undefined when it carries none of any environment. */
function tagged(resource: ResourceChange, environment: string): boolean | undefined {
  const { tags } = current(resource);
  return tags?.environment === undefined ? undefined : tagsAreOurs(tags, environment);
}

/** Ids of the resource groups that the root has, those that it adopts included when they are tagged. */
function ownGroups(plan: PlanJson, environment: string): string[] {
  return plan.resource_changes
    .filter(({ type }) => type === 'azurerm_resource_group')
    .filter((group) => group.change.importing === undefined || tagged(group, environment) === true)
    .map((group) => current(group).id.toLowerCase())
    .filter((id) => id !== '');
}

/** What a plan with import blocks says of the orphans. */
export interface Judgement {
  /** Not to be touched: they are not imported, or importing them would replace them. */
  foreign: Orphan[];
  /** Nothing in the plan shows whose they are; their resource group may. */
  doubtful: Orphan[];
}

/** Judges orphans by a plan that would import them. Those in neither list are our own. */
export function judgeOrphans(plan: PlanJson, orphans: readonly Orphan[], environment: string): Judgement {
  const groups = ownGroups(plan, environment);
  const judgement: Judgement = { foreign: [], doubtful: [] };
  for (const orphan of orphans) {
    const resource = plan.resource_changes.find(({ address }) => address === orphan.address);
    const imported = resource?.change.importing !== undefined;
    const kept = resource?.change.actions.every((action) => action === 'no-op' || action === 'update');
    if (resource === undefined || !imported || !kept || tagged(resource, environment) === false)
      judgement.foreign.push(orphan);
    else if (tagged(resource, environment)) continue;
    else if (!groups.some((group) => orphan.id.toLowerCase().startsWith(`${group}/`))) judgement.doubtful.push(orphan);
  }
  return judgement;
}
