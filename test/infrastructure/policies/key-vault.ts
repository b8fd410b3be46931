/** The Key Vault and its secrets. */
import { argument, type Policy } from '../policy.ts';

const vault = 'azurerm_key_vault';

export const keyVaultPolicies: Policy[] = [
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
    name: 'the vault is closed to other addresses when some are given',
    why: 'A stolen token is worth nothing elsewhere.',
    type: vault,
    path: 'network_acls.0.default_action',
    is: (value, plan) => {
      const ranges = plan.variables.operator_ip_ranges?.value;
      return value === (Array.isArray(ranges) && ranges.length > 0 ? 'Deny' : 'Allow');
    },
    planted: undefined,
  }),
  argument({
    name: 'Front Door gets through to its certificate',
    why: 'Services of Azure that Microsoft trusts come from no range of ours.',
    type: vault,
    path: 'network_acls.0.bypass',
    is: ['AzureServices'],
    planted: 'None',
  }),
];
