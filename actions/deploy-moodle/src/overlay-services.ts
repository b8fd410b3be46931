/** What the overlay of the services fills in. Pure. */
import { given, image, type Parts, patch, replicas } from './overlay-parts.ts';
import { type Inputs, seeds } from './requirements.ts';

/** Names of clouds as the Key Vault provider of the Secrets Store CSI driver knows them. */
const SECRET_CLOUDS: Readonly<Record<Inputs['azureCloud'], string>> = {
  public: 'AzurePublicCloud',
  'us-government': 'AzureUSGovernmentCloud',
  china: 'AzureChinaCloud',
};

/** The annotation on PgBouncer's pods that changes with the passwords. */
const PASSWORD_VERSION = 'moodle-high-scale/password-version';

/**
 * The account by which Moodle signs in to PgBouncer: in turns, since the step to a new number renews the one that nobody uses
 * (infra/key-vault.tf). Pods that still run with the other one are let in until they are replaced.
 */
function poolerAccount({ passwordVersion }: Inputs): 'a' | 'b' {
  return passwordVersion % 2 === 1 ? 'a' : 'b';
}

/** The parts of `services`; with read replicas, the pooler in front of them too. */
export function servicesParts(inputs: Inputs): Parts {
  const group = inputs.filesResourceGroup ?? inputs.resourceGroup;
  const { filesStorageAccount: account, filesShare: share, databaseReplicaHosts: replicaHosts } = inputs;
  const identity = given({ 'azure.workload.identity/client-id': inputs.workloadIdentityClientId });
  const vault = given({
    clientID: inputs.workloadIdentityClientId,
    cloudName: SECRET_CLOUDS[inputs.azureCloud],
    keyvaultName: inputs.keyVaultName,
    tenantId: inputs.azureTenantId,
  });
  const configuration = given({
    MOODLE_WWWROOT: inputs.hostName === undefined ? undefined : `https://${inputs.hostName}`,
    MOODLE_LANG: inputs.language,
    MOODLE_TIMEZONE: inputs.timezone,
    MOODLE_DB_USER: `moodle_${poolerAccount(inputs)}`,
    MOODLE_DB_PASSWORD_FILE: `/mnt/secrets/pooler-password-${poolerAccount(inputs)}`,
    MOODLE_SESSION_REDIS_HOSTS: redisHosts(inputs.redisSessionSeeds),
    MOODLE_CACHE_REDIS_HOSTS: redisHosts(inputs.redisCacheSeeds),
    MOODLE_OBJECT_STORAGE_ACCOUNT: inputs.objectStorageAccount,
    MOODLE_OBJECT_STORAGE_CONTAINER: inputs.objectStorageContainer,
  });
  const volume = {
    csi: {
      // Names the volume in the cluster: another share is another volume.
      volumeHandle: account === undefined || share === undefined ? undefined : `${account}-${share}`,
      volumeAttributes: given({ resourceGroup: group, storageAccount: account, shareName: share }),
    },
  };
  return {
    components: [
      ...(replicaHosts === undefined ? [] : ['components/read-replicas']),
      ...(inputs.monitoring ? ['components/pooler-metrics'] : []),
    ],
    images: image('pgbouncer', inputs.pgbouncerImage),
    replicas: [
      ...replicas('pgbouncer', inputs.pgbouncerReplicas),
      ...(replicaHosts === undefined ? [] : replicas('pgbouncer-replica', inputs.pgbouncerReplicas)),
    ],
    patches: [
      ...patch('v1', 'ServiceAccount', 'moodle', 'metadata', { annotations: identity }, identity),
      ...patch('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', 'moodle-secrets', 'spec', { parameters: vault }),
      ...patch('v1', 'ConfigMap', 'moodle-config', 'data', configuration),
      ...patch('v1', 'PersistentVolume', 'moodle-data', 'spec', volume),
      ...pooler('pgbouncer', inputs, inputs.databaseHost),
      ...(replicaHosts === undefined ? [] : pooler('pgbouncer-replica', inputs, hostList(replicaHosts))),
    ],
  };
}

/** The environment of a PgBouncer in front of one server, or of several that it uses in turns. */
function pooler(name: string, inputs: Inputs, host: string | undefined): Parts['patches'] {
  const environment = given({
    PGBOUNCER_DB_HOST: host,
    PGBOUNCER_DB_NAME: inputs.databaseName,
    PGBOUNCER_DB_USER: inputs.databaseUser,
    PGBOUNCER_POOL_SIZE: inputs.pgbouncerPoolSize?.toString(),
    PGBOUNCER_SERVER_TLS: inputs.databaseTls,
  });
  const env = Object.entries(environment).map(([variable, value]) => ({ name: variable, value }));
  // PgBouncer reads the password once, when it starts: another number is other pods.
  const annotations = { [PASSWORD_VERSION]: String(inputs.passwordVersion) };
  const template = { metadata: { annotations }, spec: { containers: [{ name: 'pgbouncer', env }] } };
  const spec = { template };
  return patch('apps/v1', 'Deployment', name, 'spec', spec);
}

function redisHosts(list: string | undefined): string | undefined {
  return list === undefined ? undefined : seeds(list).join(',');
}

function hostList(list: string): string {
  return seeds(list).join(',');
}
