/** A plan of any number of resources, of the kinds and in the proportions that a large root has. */
import { hash } from 'node:crypto';

/** Every kind of change, and many that stay as they are. */
const ACTIONS: readonly (readonly string[])[] = [
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
];

const TYPE = 'azurerm_storage_account';
const PROVIDER = 'registry.terraform.io/hashicorp/azurerm';

/** The plan as `show -json` prints it: also with the state before, the values after and the configuration. */
export function largePlan(size: number): object {
  const resources = Array.from({ length: size }, (_, index) => resourceOf(index));
  const inState = resources.filter(({ before }) => before !== null);
  const planned = resources.filter(({ after }) => after !== null);
  return {
    format_version: '1.2',
    terraform_version: '1.14.0',
    variables: { environment: { value: 'production' } },
    planned_values: {
      outputs: { endpoint: { sensitive: false, value: 'b' } },
      root_module: { resources: planned.map(({ place, after }) => ({ ...place, schema_version: 4, values: after })) },
    },
    resource_changes: resources.map(({ place, change }) => ({ ...place, change })),
    output_changes: { endpoint: { actions: ['update'], before: 'a', after: 'b', after_unknown: false } },
    prior_state: {
      format_version: '1.0',
      values: {
        root_module: {
          resources: inState.map(({ place, before }) => ({
            ...place,
            schema_version: 4,
            values: before,
            sensitive_values: SENSITIVE,
          })),
        },
      },
    },
    configuration: {
      provider_config: { azurerm: { name: 'azurerm', full_name: PROVIDER } },
      root_module: { resources: [{ address: `${TYPE}.files`, mode: 'managed', type: TYPE, name: 'files' }] },
    },
    applyable: true,
    complete: true,
    errored: false,
  };
}

const SENSITIVE = { primary_access_key: true };

function resourceOf(index: number) {
  const actions = ACTIONS[index % ACTIONS.length] ?? ['no-op'];
  const stays = actions[0] === 'no-op';
  const before = actions[0] === 'create' ? null : attributes(index, 'old');
  const { id: _, ...fresh } = attributes(index, 'new');
  const after = stays ? before : actions.at(-1) === 'delete' ? null : fresh;
  const place = {
    address: `module.site["${index % 50}"].${TYPE}.files[${index}]`,
    module_address: `module.site["${index % 50}"]`,
    mode: 'managed',
    type: TYPE,
    name: 'files',
    index,
    provider_name: PROVIDER,
  };
  const change = {
    actions,
    before,
    after,
    after_unknown: stays || after === null ? {} : { id: true, network_rules: [{ ip_rules: [false] }], tags: {} },
    before_sensitive: before === null ? false : SENSITIVE,
    after_sensitive: after === null ? false : SENSITIVE,
    ...(actions.length === 2 ? { replace_paths: [['account_kind']] } : {}),
  };
  return { place, before, after, change };
}

/** In the order of their names, as Terraform writes them. */
function attributes(index: number, era: 'old' | 'new') {
  return {
    account_kind: era === 'old' ? 'StorageV2' : 'FileStorage',
    account_tier: 'Premium',
    id: `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/files${index}`,
    location: 'swedencentral',
    min_tls_version: 'TLS1_2',
    name: `files${index}`,
    network_rules: [{ bypass: ['AzureServices'], default_action: 'Deny', ip_rules: [`203.0.113.${index % 250}`] }],
    policy: JSON.stringify({ rules: [{ days: index % 90, enabled: true, name: era }] }),
    primary_access_key: hash('sha512', String(index), 'base64'),
    script: `#!/bin/sh\nset -e\necho ${era}\nexit 0\n`,
    tags: { environment: 'production', era, 'managed-by': 'terraform' },
  };
}
