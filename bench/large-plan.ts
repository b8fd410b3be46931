/** A plan of any number of resources, of the kinds and in the proportions that a large root has. */
import { hash } from 'node:crypto';

/** Every kind of change, and many that stay as they are. */
const ACTIONS: readonly (readonly string[])[] = [
  ['no-op'],
  ['create'],
  ['no-op'],
  ['update'],
  ['create'],
  ['delete', 'create'],
  ['no-op'],
  ['no-op'],
  ['update'],
  ['delete'],
  ['no-op'],
];

const PROVIDER = 'registry.terraform.io/hashicorp/azurerm';

type Attributes = Record<string, unknown>;

/** A type of resource: its attributes in the order of their names, as Terraform writes them. */
interface Kind {
  type: string;
  attributes(index: number, era: 'old' | 'new'): Attributes;
  sensitive: Attributes;
  /** What forces a replacement. */
  forcing: string;
}

const idOf = (kind: string, index: number): string =>
  `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-${index % 20}/providers/Microsoft.${kind}/${index}`;

const KINDS: readonly Kind[] = [
  {
    type: 'azurerm_storage_account',
    forcing: 'account_kind',
    sensitive: { primary_access_key: true, primary_connection_string: true },
    attributes: (index, era) => ({
      account_kind: era === 'old' ? 'StorageV2' : 'FileStorage',
      account_tier: 'Premium',
      id: idOf('Storage/storageAccounts', index),
      location: 'swedencentral',
      min_tls_version: 'TLS1_2',
      name: `files${index}`,
      network_rules: [{ bypass: ['AzureServices'], default_action: 'Deny', ip_rules: [`203.0.113.${index % 250}`] }],
      primary_access_key: hash('sha512', String(index), 'base64'),
      primary_connection_string: `DefaultEndpointsProtocol=https;AccountName=files${index};AccountKey=${hash('sha512', String(index), 'base64')}`,
      tags: { environment: 'production', era, 'managed-by': 'terraform' },
    }),
  },
  {
    type: 'azurerm_role_assignment',
    forcing: 'principal_id',
    sensitive: {},
    attributes: (index, era) => ({
      id: idOf('Authorization/roleAssignments', index),
      name: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      principal_id: `11111111-${era === 'old' ? '0000' : '1111'}-0000-0000-${String(index % 70).padStart(12, '0')}`,
      principal_type: 'ServicePrincipal',
      role_definition_name: 'Storage Blob Data Contributor',
      scope: idOf('Storage/storageAccounts', index),
    }),
  },
  {
    type: 'azurerm_dns_a_record',
    forcing: 'name',
    sensitive: {},
    attributes: (index, era) => ({
      fqdn: `host${index}.example.org.`,
      id: idOf('Network/dnsZones', index),
      name: `host${index}-${era}`,
      records: [`10.0.${index % 250}.1`, `10.1.${index % 250}.${era === 'old' ? 1 : 2}`],
      resource_group_name: `rg-${index % 20}`,
      ttl: era === 'old' ? 300 : 60,
      zone_name: 'example.org',
    }),
  },
  {
    type: 'azurerm_network_security_group',
    forcing: 'name',
    sensitive: {},
    attributes: (index, era) => ({
      id: idOf('Network/networkSecurityGroups', index),
      location: 'swedencentral',
      name: `nsg${index}-${era}`,
      security_rule: ['http', 'https', 'ssh', 'dns'].map((name, rule) => ({
        access: 'Allow',
        destination_port_range: String(rule === 1 && era === 'new' ? 8443 : 100 + rule),
        direction: 'Inbound',
        name,
        priority: 100 + rule,
        protocol: 'Tcp',
        source_address_prefix: `10.${index % 250}.0.0/16`,
      })),
      tags: { environment: 'production', era, 'managed-by': 'terraform' },
    }),
  },
  {
    type: 'azurerm_policy_definition',
    forcing: 'mode',
    sensitive: {},
    attributes: (index, era) => ({
      description: `What must hold for group ${index}.\nSee the handbook.\nOwner: team ${index % 9} (${era}).\n`,
      display_name: `Policy ${index}`,
      id: idOf('Authorization/policyDefinitions', index),
      metadata: JSON.stringify({ category: 'Tags', version: era === 'old' ? '1.0.0' : '1.1.0' }),
      mode: era === 'old' ? 'All' : 'Indexed',
      name: `policy${index}`,
      policy_rule: JSON.stringify({
        if: {
          allOf: [
            { field: 'type', equals: `Microsoft.X/y${index}` },
            { field: 'tags.era', notEquals: era },
          ],
        },
        // biome-ignore lint/suspicious/noThenProperty: the name is Azure's.
        then: { effect: 'deny' },
      }),
    }),
  },
];

/** The plan as `show -json` prints it: also with the state before, the values after and the configuration. */
export function largePlan(size: number): object {
  const resources = Array.from({ length: size }, (_, index) => resourceOf(index));
  return {
    format_version: '1.2',
    terraform_version: '1.14.0',
    variables: { environment: { value: 'production' } },
    planned_values: {
      outputs: { endpoint: { sensitive: false, value: 'b' } },
      root_module: { resources: resources.flatMap(({ place, after }) => stateOf(place, after, {})) },
    },
    resource_changes: resources.map(({ place, change }) => ({ ...place, change })),
    output_changes: { endpoint: { actions: ['update'], before: 'a', after: 'b', after_unknown: false } },
    prior_state: {
      format_version: '1.0',
      values: {
        root_module: {
          resources: resources.flatMap(({ place, before, kind }) => stateOf(place, before, kind.sensitive)),
        },
      },
    },
    configuration: {
      provider_config: { azurerm: { name: 'azurerm', full_name: PROVIDER } },
      root_module: { resources: KINDS.map(({ type }) => ({ address: `${type}.x`, mode: 'managed', type, name: 'x' })) },
    },
    applyable: true,
    complete: true,
    errored: false,
  };
}

function stateOf(place: object, values: Attributes | null, sensitive: Attributes): object[] {
  return values === null ? [] : [{ ...place, schema_version: 1, values, sensitive_values: sensitive }];
}

function resourceOf(index: number) {
  const kind = KINDS[index % KINDS.length] as Kind;
  const actions = ACTIONS[index % ACTIONS.length] ?? [];
  const stays = actions[0] === 'no-op';
  const before = actions[0] === 'create' ? null : kind.attributes(index, 'old');
  const { id: _, ...fresh } = kind.attributes(index, 'new');
  const after = stays ? before : actions.at(-1) === 'delete' ? null : fresh;
  const place = {
    address: `module.site["${index % 50}"].${kind.type}.x[${index}]`,
    module_address: `module.site["${index % 50}"]`,
    mode: 'managed',
    type: kind.type,
    name: 'x',
    index,
    provider_name: PROVIDER,
  };
  const change = {
    actions,
    before,
    after,
    after_unknown: stays || after === null ? {} : { id: true, tags: {} },
    before_sensitive: before === null ? false : kind.sensitive,
    after_sensitive: after === null ? false : kind.sensitive,
    ...(actions.length === 2 ? { replace_paths: [[kind.forcing]] } : {}),
  };
  return { kind, place, before, after, change };
}
