/** AKS: who may reach it, who it is, and how it is kept current. */
import { references, written } from '../plan-json.ts';
import { argument, type Policy } from '../policy.ts';

const type = 'azurerm_kubernetes_cluster';

export const clusterPolicies: Policy[] = [
  argument({
    name: 'the API server has an availability promise',
    why: 'The free tier has none and is meant for ten nodes.',
    type,
    path: 'sku_tier',
    is: ['Standard', 'Premium'],
    planted: 'Free',
  }),
  argument({
    name: 'the cluster has no local accounts',
    why: 'Their certificates cannot be revoked and nobody sees who used them.',
    type,
    path: 'local_account_disabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'Azure decides who may do what in the cluster',
    why: 'Rights outside Entra ID are not audited with the rest.',
    type,
    path: 'azure_active_directory_role_based_access_control.0.azure_rbac_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the cluster issues OIDC tokens',
    why: 'Workload identity exchanges them.',
    type,
    path: 'oidc_issuer_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'pods sign in with workload identity',
    why: 'The other way is a key in a Secret.',
    type,
    path: 'workload_identity_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the control plane has an identity of its own',
    why: 'Its rights must exist before the cluster does.',
    type,
    path: 'identity.0.type',
    is: ['UserAssigned'],
    planted: 'SystemAssigned',
  }),
  argument({
    name: 'nobody runs commands in the cluster through Resource Manager',
    why: 'Whoever has Contributor on the subscription would be administrator of the cluster.',
    type,
    path: 'run_command_enabled',
    is: [false],
    planted: true,
  }),
  {
    name: 'who may reach the API server is a setting',
    why: 'An institution with fixed runners must be able to close it.',
    root: 'infra',
    check(plan) {
      const closes = written(plan, type).every(({ expressions }) =>
        references([expressions?.api_server_access_profile, expressions?.private_cluster_enabled]).some((name) =>
          name.startsWith('var.'),
        ),
      );
      // A dynamic block has no expressions in the JSON of a plan: then its variable shows that it is one.
      return closes || plan.variables.operator_ip_ranges !== undefined
        ? []
        : ['neither authorised ranges nor a private cluster can be chosen'];
    },
    plant(plan) {
      delete plan.variables.operator_ip_ranges;
      for (const { expressions } of written(plan, type)) {
        delete expressions?.api_server_access_profile;
        delete expressions?.private_cluster_enabled;
      }
    },
  },
  argument({
    name: 'a private cluster is private',
    why: 'It is what the setting promises.',
    type,
    path: 'private_cluster_enabled',
    is: (value, plan) => value === (plan.variables.private_cluster?.value === true),
    planted: undefined,
  }),
  argument({
    name: 'nobody outside learns the address of a private cluster',
    why: 'Its name in the public DNS is of use to nobody who has no way.',
    type,
    path: 'private_cluster_public_fqdn_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'secrets of the Key Vault follow their rotation',
    why: 'A rotated password that pods do not see is an outage.',
    type,
    path: 'key_vault_secrets_provider.0.secret_rotation_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'KEDA scales the web pods',
    why: 'Exams begin at a known time: pods must be there before the load is.',
    type,
    path: 'workload_autoscaler_profile.0.keda_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'nodes stay from one exam of a morning to the next',
    why: 'A fresh node takes minutes, in which people wait.',
    type,
    path: 'auto_scaler_profile.0.scale_down_unneeded',
    is: (value) => Number.parseInt(String(value), 10) >= 30,
    planted: '1m',
  }),
  argument({
    name: 'pods of an unneeded node get time to end',
    why: 'An upload that is cut off is lost.',
    type,
    path: 'auto_scaler_profile.0.max_graceful_termination_sec',
    is: (value) => Number(value) >= 600,
    planted: '10',
  }),
  argument({
    name: 'a pool grows evenly over its zones',
    why: 'Nodes that all come in one zone fail with it.',
    type,
    path: 'auto_scaler_profile.0.balance_similar_node_groups',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'Kubernetes patches itself',
    why: 'An unpatched control plane is a known hole.',
    type,
    path: 'automatic_upgrade_channel',
    is: ['patch', 'stable'],
    planted: 'rapid',
  }),
  argument({
    name: 'node images renew themselves',
    why: 'Kernel fixes come with the image.',
    type,
    path: 'node_os_upgrade_channel',
    is: ['NodeImage', 'SecurityPatch'],
    planted: 'None',
  }),
  ...['maintenance_window_auto_upgrade', 'maintenance_window_node_os'].map((window) =>
    argument({
      name: `${window.replaceAll('_', ' ')} is at the weekend`,
      why: 'Without a window, AKS may drain nodes during an exam.',
      type,
      path: `${window}.0.day_of_week`,
      is: ['Saturday', 'Sunday'],
      planted: undefined,
    }),
  ),
  argument({
    name: 'Azure Policy watches the pods',
    why: 'What runs in the cluster is part of an audit.',
    type,
    path: 'azure_policy_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the cluster has a minor version of its own choosing',
    why: 'Azure would take its default of the day, another one in each environment.',
    type,
    path: 'kubernetes_version',
    is: (value) => /^1\.\d+$/.test(String(value)),
    planted: undefined,
  }),
];
