/** Storage accounts, the NFS share, the Key Vault, the registry and the private ways to them. */
import { number, put, resources, text } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';

const account = 'azurerm_storage_account';
const files = ({ values }: { values: Record<string, unknown> }): boolean => values.account_kind === 'FileStorage';
const vault = 'azurerm_key_vault';
const registry = 'azurerm_container_registry';

export const storagePolicies: Policy[] = [
  argument({
    name: 'moodledata is on fast disks',
    why: 'NFS exists on Premium accounts only.',
    type: account,
    where: files,
    path: 'account_tier',
    is: ['Premium'],
    planted: 'Standard',
  }),
  argument({
    name: 'the share speaks NFS',
    why: 'SMB needs a key.',
    type: 'azurerm_storage_share',
    path: 'enabled_protocol',
    is: ['NFS'],
    planted: 'SMB',
  }),
  argument({
    name: 'storage of production is in three zones',
    why: 'A zone that fails must not take the files with it.',
    environment: 'production',
    type: account,
    path: 'account_replication_type',
    is: ['ZRS', 'GZRS', 'RAGZRS'],
    planted: 'LRS',
  }),
  argument({
    name: 'the share is large enough to be fast',
    why: 'On a Premium share speed is bought by size.',
    type: 'azurerm_storage_share',
    path: 'quota',
    is: (value) => Number(value) >= 1024,
    planted: 100,
  }),
  argument({
    name: 'storage accounts know no keys',
    why: 'A key is a password that nobody rotates.',
    type: account,
    path: 'shared_access_key_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'storage accounts demand TLS 1.2',
    why: 'Older versions are broken.',
    type: account,
    path: 'min_tls_version',
    is: ['TLS1_2', 'TLS1_3'],
    planted: 'TLS1_0',
  }),
  argument({
    name: 'no blob is for everybody',
    why: 'Files of an exam are personal data.',
    type: account,
    path: 'allow_nested_items_to_be_public',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'containers are private',
    why: 'Files of an exam are personal data.',
    type: 'azurerm_storage_container',
    path: 'container_access_type',
    is: ['private'],
    planted: 'blob',
  }),
  argument({
    name: 'blobs travel over HTTPS only',
    why: 'NFS alone has another encryption.',
    type: account,
    where: (resource) => !files(resource),
    path: 'https_traffic_only_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'storage accounts have no public address',
    why: 'Pods use the private endpoint.',
    type: account,
    path: 'public_network_access_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'deleted blobs can be had back',
    why: 'Deletion is the commonest accident.',
    type: account,
    where: (resource) => !files(resource),
    path: 'blob_properties.0.delete_retention_policy.0.days',
    is: (value) => Number(value) >= 7,
    planted: undefined,
  }),
  argument({
    name: 'overwritten blobs can be had back',
    why: 'An overwritten file is a deleted one.',
    type: account,
    where: (resource) => !files(resource),
    path: 'blob_properties.0.versioning_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'a deleted share can be had back',
    why: 'It holds all course files.',
    type: account,
    where: files,
    path: 'share_properties.0.retention_policy.0.days',
    is: (value) => Number(value) >= 7,
    planted: undefined,
  }),

  argument({
    name: 'the vault gives rights by role',
    why: 'Access policies let their editors give themselves rights.',
    type: vault,
    path: 'rbac_authorization_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'nobody can purge the vault',
    why: 'A purged password is a database that nobody can sign in to.',
    type: vault,
    path: 'purge_protection_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the vault keeps what is deleted for 90 days',
    why: 'It cannot be raised later.',
    type: vault,
    path: 'soft_delete_retention_days',
    is: [90],
    planted: 7,
  }),
  argument({
    name: 'secrets are write-only',
    why: 'What is in the plan or the state is read by everybody who may plan.',
    type: 'azurerm_key_vault_secret',
    path: 'value',
    is: [undefined],
    planted: 'planted',
  }),
  argument({
    name: 'secrets can be renewed',
    why: 'A write-only value is sent again only with a new version.',
    type: 'azurerm_key_vault_secret',
    path: 'value_wo_version',
    is: (value) => Number(value) >= 1,
    planted: undefined,
  }),

  argument({
    name: 'the registry is Premium',
    why: 'Zones and private endpoints need it.',
    type: registry,
    path: 'sku',
    is: ['Premium'],
    planted: 'Basic',
  }),
  argument({
    name: 'the registry is in three zones',
    why: 'A node that starts while it is away has no image.',
    type: registry,
    path: 'zone_redundancy_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the registry has no administrator',
    why: 'That is a password for all.',
    type: registry,
    path: 'admin_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'the registry knows who pulls',
    why: 'Images show versions and plug-ins to an attacker.',
    type: registry,
    path: 'anonymous_pull_enabled',
    is: [false],
    planted: true,
  }),

  ...['file', 'blob', 'vault', 'registry'].map(
    (service): Policy => ({
      name: `pods reach ${service} by a private endpoint`,
      why: 'The other way leads through the Internet, or nowhere.',
      root: 'infra',
      check: (plan) =>
        resources(plan, 'azurerm_private_endpoint').some(
          ({ values }) =>
            text(values, 'private_service_connection.0.subresource_names.0') === service &&
            text(values, 'private_dns_zone_group.0.name') !== '',
        )
          ? []
          : [`there is no private endpoint with a name for ${service}`],
      plant: (plan) =>
        drop(plan, ({ values }) => text(values, 'private_service_connection.0.subresource_names.0') === service),
    }),
  ),
  argument({
    name: 'private endpoints are approved by themselves',
    why: 'Nobody waits for a request to approve.',
    type: 'azurerm_private_endpoint',
    path: 'private_service_connection.0.is_manual_connection',
    is: [false],
    planted: true,
  }),
  {
    name: 'every private zone is known in the network',
    why: 'Else names lead to public addresses.',
    root: 'infra',
    check(plan) {
      const zones = resources(plan, 'azurerm_private_dns_zone').length;
      const links = resources(plan, 'azurerm_private_dns_zone_virtual_network_link').length;
      return zones > 0 && links >= zones ? [] : [`${zones} zones have ${links} links`];
    },
    plant: (plan) => drop(plan, ({ type, index }) => type.endsWith('virtual_network_link') && index !== 'files'),
  },
  {
    name: 'names that all of Azure shares have a length that it allows',
    why: 'A long name of an environment would fail in the middle of an apply.',
    root: 'infra',
    check: (plan) =>
      Object.entries({ [account]: 24, [vault]: 24, [registry]: 50 }).flatMap(([type, most]) =>
        resources(plan, type)
          .filter(({ values }) => text(values, 'name').length < 3 || text(values, 'name').length > most)
          .map(({ address, values }) => `${address}: ${text(values, 'name')} must have 3 to ${most} characters`),
      ),
    plant: (plan) => put(one(plan, vault).values, 'name', 'a-name-that-is-longer-than-a-vault-may-have'),
  },
  {
    name: 'the share of production is of production size',
    why: 'Ten thousand users open files at the same second.',
    root: 'infra',
    environment: 'production',
    check: (plan) =>
      resources(plan, 'azurerm_storage_share')
        .filter(({ values }) => number(values, 'quota') < 5120)
        .map(({ address, values }) => `${address}: ${number(values, 'quota')} GiB`),
    plant: (plan) => put(one(plan, 'azurerm_storage_share').values, 'quota', 1024),
  },
];
