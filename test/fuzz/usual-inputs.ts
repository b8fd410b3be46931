/** Inputs with which each public action gets as far as it can in the sandbox; hostile values take the place of some. */
import type { Contract } from '#toolkit/action/contract';
import { contract as approvePls } from '../../actions/approve-pls/src/contract.ts';
import { contract as deployMoodle } from '../../actions/deploy-moodle/src/contract.ts';
import { contract as installDb } from '../../actions/install-db/src/contract.ts';
import { contract as provisionInfra } from '../../actions/provision-infra/src/contract.ts';
import { contract as redisBootstrap } from '../../actions/redis-bootstrap/src/contract.ts';
import { testFrontendOutputs, testIds, testOutputs, testRequestMessage } from '../../rehearsal/azure/testing.ts';
import type { Random } from '../support/random.ts';

/** An action that is fuzzed. */
export interface Target {
  folder: string;
  contract: Contract;
  usual(random: Random, azureUrl: string): Record<string, string>;
}

const azure = (url: string): Record<string, string> => ({
  'azure-tenant-id': testIds.tenantId,
  'azure-client-id': testIds.clientId,
  'azure-subscription-id': testIds.subscriptionId,
  'azure-authority-host': url,
  'azure-resource-manager-endpoint': url,
});
const cluster = { kubeconfig: 'kubeconfig', namespace: 'moodle' };
const image = `${testOutputs.registry_login_server}/moodle@sha256:${'a'.repeat(64)}`;
const seeds = (name: string): string => [0, 1].map((ordinal) => `${name}-${ordinal}.${name}:6379`).join(',');

const services: Record<string, string> = {
  'pgbouncer-image': image,
  'pgbouncer-replicas': '3',
  'pgbouncer-pool-size': '120',
  'database-host': testOutputs.database_host,
  'database-name': testOutputs.database_name,
  'database-user': testOutputs.database_user,
  'key-vault-name': testOutputs.key_vault_name,
  'workload-identity-client-id': testIds.clientId,
  'resource-group': testOutputs.resource_group_name,
  'files-storage-account': testOutputs.files_storage_account_name,
  'files-share': 'moodledata',
  'object-storage-account': testOutputs.object_storage_account_name,
  'object-storage-container': 'files',
  'host-name': 'moodle.example.edu',
  'redis-session-seeds': seeds('redis-sessions'),
  'redis-cache-seeds': seeds('redis-cache'),
  'node-resource-group': testOutputs.node_resource_group_name,
};

/** What a component needs besides what all do. */
const components: Record<string, Record<string, string>> = {
  image: {
    'image-context': 'images/moodle',
    'registry-name': testOutputs.registry_name,
    'registry-login-server': testOutputs.registry_login_server,
    'resource-group': testOutputs.resource_group_name,
    'build-timeout': '2s',
  },
  services,
  web: { image, replicas: '4' },
  cron: { image, replicas: '1' },
  all: { ...services, image, replicas: '4', 'cron-replicas': '1' },
};

/** The five actions of the product. */
export const targets: readonly Target[] = [
  {
    folder: 'actions/provision-infra',
    contract: provisionInfra,
    usual: (_random, url) => ({
      environment: 'production',
      'backend-config': 'key={environment}/{root}.tfstate',
      variables: '{"location": "swedencentral"}',
      ...azure(url),
    }),
  },
  {
    folder: 'actions/redis-bootstrap',
    contract: redisBootstrap,
    usual: () => ({
      ...cluster,
      'stateful-set': 'redis-sessions',
      manifests: 'manifests/redis/sessions',
      nodes: '6',
      timeout: '1s',
      'command-timeout': '1s',
    }),
  },
  {
    folder: 'actions/deploy-moodle',
    contract: deployMoodle,
    usual(random, url) {
      const component = random.pick(Object.keys(components));
      return { ...azure(url), ...cluster, 'rollout-timeout': '1s', component, ...components[component] };
    },
  },
  {
    folder: 'actions/approve-pls',
    contract: approvePls,
    usual: (_random, url) => ({
      ...azure(url),
      'node-resource-group': testOutputs.node_resource_group_name,
      'request-message': testRequestMessage,
      'origin-id': testFrontendOutputs.origin_id,
      timeout: '1s',
      'poll-interval': '1s',
    }),
  },
  {
    folder: 'actions/install-db',
    contract: installDb,
    usual: () => ({ ...cluster, image, 'admin-email': 'admin@example.edu', timeout: '1s' }),
  },
];
