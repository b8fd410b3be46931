/**
 * The kustomize overlay that turns a base with placeholders into the objects of one environment. Pure: it makes the
 * kustomization as a value; what an input does not say stays as the base has it.
 */
import type { ImageOverride, Kustomization } from '#toolkit/kube/kustomize';
import { type Inputs, type KubernetesComponent, seeds } from './requirements.ts';

/** The annotation on pod templates that changes with the configuration, so that a change of it rolls the pods. */
export const CONFIG_CHECKSUM = 'checksum/moodle-config';

/** Names of clouds as the Key Vault provider of the Secrets Store CSI driver knows them. */
const SECRET_CLOUDS: Readonly<Record<Inputs['azureCloud'], string>> = {
  public: 'AzurePublicCloud',
  'us-government': 'AzureUSGovernmentCloud',
  china: 'AzureChinaCloud',
};

/**
 * The overlay of a component.
 *
 * @param base the component's base, relative to the overlay
 * @param configChecksum of the live configuration; undefined when there is none yet
 */
export function overlay(inputs: Inputs, base: string, configChecksum: string | undefined): Kustomization {
  const component = inputs.component as KubernetesComponent;
  const parts = component === 'services' ? services(inputs) : pods(component, inputs, configChecksum);
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: inputs.namespace,
    resources: [base],
    ...parts,
  };
}

type Parts = Pick<Kustomization, 'images' | 'replicas' | 'patches'>;

function pods(component: 'web' | 'cron', inputs: Inputs, configChecksum: string | undefined): Parts {
  const name = `moodle-${component}`;
  const annotations = given({ [CONFIG_CHECKSUM]: configChecksum });
  return {
    images: image('moodle', inputs.image),
    replicas: replicas(name, inputs.replicas),
    patches: patch('apps/v1', 'Deployment', name, 'spec', { template: { metadata: { annotations } } }, annotations),
  };
}

function services(inputs: Inputs): Parts {
  const group = inputs.filesResourceGroup ?? inputs.resourceGroup;
  const { filesStorageAccount: account, filesShare: share } = inputs;
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
    MOODLE_DB_USER: inputs.databaseUser,
    MOODLE_SESSION_REDIS_HOSTS: redisHosts(inputs.redisSessionSeeds),
    MOODLE_CACHE_REDIS_HOSTS: redisHosts(inputs.redisCacheSeeds),
    MOODLE_OBJECT_STORAGE_ACCOUNT: inputs.objectStorageAccount,
    MOODLE_OBJECT_STORAGE_CONTAINER: inputs.objectStorageContainer,
  });
  const environment = given({
    PGBOUNCER_DB_HOST: inputs.databaseHost,
    PGBOUNCER_DB_NAME: inputs.databaseName,
    PGBOUNCER_DB_USER: inputs.databaseUser,
    PGBOUNCER_POOL_SIZE: inputs.pgbouncerPoolSize?.toString(),
    PGBOUNCER_SERVER_TLS: inputs.databaseTls,
  });
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const pgbouncer = { template: { spec: { containers: [{ name: 'pgbouncer', env }] } } };
  const volume = {
    csi: {
      // Names the volume in the cluster: another share is another volume.
      volumeHandle: account === undefined || share === undefined ? undefined : `${account}-${share}`,
      volumeAttributes: given({ resourceGroup: group, storageAccount: account, shareName: share }),
    },
  };
  return {
    images: image('pgbouncer', inputs.pgbouncerImage),
    replicas: replicas('pgbouncer', inputs.pgbouncerReplicas),
    patches: [
      ...patch('v1', 'ServiceAccount', 'moodle', 'metadata', { annotations: identity }, identity),
      ...patch('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', 'moodle-secrets', 'spec', { parameters: vault }),
      ...patch('v1', 'ConfigMap', 'moodle-config', 'data', configuration),
      ...patch('v1', 'PersistentVolume', 'moodle-data', 'spec', volume),
      ...patch('apps/v1', 'Deployment', 'pgbouncer', 'spec', pgbouncer),
    ],
  };
}

/** A strategic merge patch of one field of an object; none when `guard` is empty. */
function patch(
  apiVersion: string,
  kind: string,
  name: string,
  field: 'spec' | 'data' | 'metadata',
  value: object,
  guard: object = value,
): Kustomization['patches'] {
  if (Object.keys(guard).length === 0) return [];
  const metadata = field === 'metadata' ? { name, ...value } : { name };
  const body = { apiVersion, kind, metadata, ...(field === 'metadata' ? {} : { [field]: value }) };
  return [{ target: { kind, name }, patch: JSON.stringify(body) }];
}

/** The entries that have a value. */
function given(entries: Record<string, string | undefined>): Record<string, string> {
  const present = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(present);
}

function redisHosts(list: string | undefined): string | undefined {
  return list === undefined ? undefined : seeds(list).join(',');
}

function replicas(name: string, count: number | undefined): Kustomization['replicas'] {
  return count === undefined ? [] : [{ name, count }];
}

/** `host:5000/a/b:tag@sha256:…` in its parts, for the image name of the base. A digest makes the tag meaningless. */
export function image(name: string, reference: string | undefined): ImageOverride[] {
  if (reference === undefined) return [];
  const [rest = '', digest] = reference.split('@');
  const tagged = /^(.*):([\w][\w.-]*)$/.exec(rest);
  const newName = tagged?.[1] ?? rest;
  if (digest !== undefined) return [{ name, newName, digest }];
  return [{ name, newName, newTag: tagged?.[2] ?? 'latest' }];
}
