/**
 * Azure as Terraform's provider sees it. The rehearsal runs the real terraform on the real roots with a stand-in provider,
 * which makes, changes, reads and removes resources here; what the rest of Azure shows of them follows (`effects.ts`).
 */
import type { Cloud } from '../terraform/provider/cloud.ts';
import type { Values } from '../terraform/provider/values.ts';
import { type EffectOptions, removed, written } from './effects.ts';
import { secretFor } from './key-vault.ts';
import type { AzureState } from './state.ts';

/** The provider's view of the stand-in. */
export function terraformCloud(options: EffectOptions): Cloud {
  const { state, save } = options.keeper;
  return {
    async read(type, id) {
      return state.terraform[keyOf(type, id)]?.values;
    },
    async write(type, id, values, secrets) {
      const key = keyOf(type, id);
      if (state.terraform[key] === undefined) checkParent(state, id);
      await written(type, id, values, secrets, options);
      state.terraform[key] = { type, id, values };
      save();
    },
    async remove(type, id) {
      if (type === 'azurerm_resource_group') checkEmpty(state, id);
      removed(type, id, options);
      delete state.terraform[keyOf(type, id)];
      save();
    },
    async secret(vaultId, name) {
      return secretFor(state, vaultId.split('/').at(-1) ?? '', name);
    },
  };
}

/** Azure's ids don't regard letter case. Two types may share an id: an association has that of its subnet. */
function keyOf(type: string, id: string): string {
  return `${type} ${id.toLowerCase()}`;
}

/** Nothing is made in a group that isn't there, or inside a resource that isn't there. */
function checkParent(state: AzureState, id: string): void {
  const [, group, name] = /^(\/subscriptions\/[^/]+\/resourceGroups\/([^/]+))\//i.exec(id) ?? [];
  if (group === undefined) return;
  if (state.resources[group.toLowerCase()] === undefined)
    throw new Error(
      `unexpected status 404 (404 Not Found) with error: ResourceGroupNotFound: Resource group '${name}' could not be found.`,
    );
  const parent = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/|]+)[/|]/i.exec(id)?.[1];
  if (parent === undefined || known(state, parent)) return;
  throw new Error(
    `unexpected status 404 (404 Not Found) with error: ParentResourceNotFound: Failed to perform 'write' on ${id}, because the parent resource '${parent}' could not be found.`,
  );
}

function known(state: AzureState, id: string): boolean {
  const wanted = id.toLowerCase();
  return Object.values(state.terraform).some((made) => made.id.toLowerCase() === wanted);
}

/** As with `prevent_deletion_if_contains_resources`, which is azurerm's default. */
function checkEmpty(state: AzureState, group: string): void {
  const inside = Object.values(state.terraform).filter(({ id }) =>
    id.toLowerCase().startsWith(`${group.toLowerCase()}/`),
  );
  if (inside.length > 0)
    throw new Error(
      `deleting Resource Group "${group.split('/').at(-1)}": the Resource Group still contains Resources.\n${inside.map(({ id }) => id).join('\n')}`,
    );
}

/** A resource as Terraform made it. */
export interface TerraformResource {
  type: string;
  id: string;
  values: Values;
}
