/** A plan of any number of resources, of the kinds and in the proportions that a large root has. */
import { hash } from 'node:crypto';

/** Every kind of change, and many that stay as they are. */
const ACTIONS = [
  ['no-op'],
  ['no-op'],
  ['no-op'],
  ['update'],
  ['create'],
  ['create'],
  ['no-op'],
  ['delete', 'create'],
  ['update'],
  ['delete'],
] as const;

/** The plan as `show -json` has it, without the prior state and the configuration, which nobody reads. */
export function largePlan(size: number): object {
  return {
    format_version: '1.2',
    terraform_version: '1.14.0',
    resource_changes: Array.from({ length: size }, (_, index) => resourceChange(index)),
    output_changes: { endpoint: { actions: ['update'], before: 'a', after: 'b', after_unknown: false } },
  };
}

function resourceChange(index: number): object {
  const actions = ACTIONS[index % ACTIONS.length] ?? ['no-op'];
  const before = attributes(index, 'old');
  const after = { ...attributes(index, 'new'), id: undefined };
  const stays = actions[0] === 'no-op';
  const isNew = actions.length === 1 && actions[0] === 'create';
  const goes = actions.length === 1 && actions[0] === 'delete';
  return {
    address: `module.site["${index % 50}"].azurerm_storage_account.files[${index}]`,
    module_address: `module.site["${index % 50}"]`,
    mode: 'managed',
    type: 'azurerm_storage_account',
    name: 'files',
    index,
    provider_name: 'registry.terraform.io/hashicorp/azurerm',
    change: {
      actions,
      before: isNew ? null : before,
      after: stays ? before : goes ? null : after,
      after_unknown: stays || goes ? {} : { id: true },
      before_sensitive: isNew ? false : { primary_access_key: true },
      after_sensitive: goes ? false : { primary_access_key: true },
      ...(actions.length === 2 ? { replace_paths: [['account_kind']] } : {}),
    },
  };
}

function attributes(index: number, era: string): object {
  return {
    id: `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/files${index}`,
    account_kind: era === 'old' ? 'StorageV2' : 'FileStorage',
    account_tier: 'Premium',
    name: `files${index}`,
    location: 'swedencentral',
    min_tls_version: 'TLS1_2',
    primary_access_key: hash('sha512', String(index), 'base64'),
    network_rules: [{ bypass: ['AzureServices'], default_action: 'Deny', ip_rules: [`203.0.113.${index % 250}`] }],
    policy: JSON.stringify({ rules: [{ name: era, enabled: true, days: index % 90 }] }),
    script: `#!/bin/sh\nset -e\necho ${era}\nexit 0\n`,
    tags: { environment: 'production', 'managed-by': 'terraform', era },
  };
}
