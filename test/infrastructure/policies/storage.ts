/** Storage accounts and the NFS share. */
import { number, put, resources } from '../plan-json.ts';
import { argument, one, type Policy } from '../policy.ts';

const account = 'azurerm_storage_account';
const files = ({ values }: { values: Record<string, unknown> }): boolean => values.account_kind === 'FileStorage';

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
];
