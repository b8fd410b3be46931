/**
 * A kubeconfig for an AKS cluster, without the az CLI and without kubelogin: AKS gives the file, and where it asks for a
 * Microsoft Entra token, our own credential gets one.
 * Container Service resource provider, version 2025-10-01.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenCredential } from '@azure/identity';
import { parse } from 'yaml';
import { UserError } from '../errors.ts';
import type { Secrets } from '../secrets.ts';
import { type ResourceManager, resourceId } from './resource-manager.ts';

const API_VERSION = '2025-10-01';
/** A token that ends sooner is renewed: long waits must not outlive it. */
const RENEW_BEFORE_MILLISECONDS = 10 * 60_000;

/** Which cluster, and what is needed to write its file. */
export interface KubernetesCredentialsOptions {
  resourceManager: ResourceManager;
  credential: TokenCredential;
  resourceGroup: string;
  clusterName: string;
  /** Folder of this run alone, removed at its end: the file holds a token. */
  directory: string;
  secrets: Secrets;
  now: () => number;
}

/** A kubeconfig on disk. */
export interface KubernetesCredentials {
  /** Path of the file, mode 0600. */
  kubeconfig: string;
  /** Puts a new token into the file when the old one ends soon. */
  renew(): Promise<void>;
}

interface KubeconfigUser {
  token?: string;
  'client-certificate-data'?: string;
  'client-key-data'?: string;
  exec?: { args?: string[] };
}

interface Kubeconfig {
  users?: { name: string; user: KubeconfigUser }[];
}

/**
 * Writes the kubeconfig of a cluster.
 *
 * @throws UserError when the cluster gives no credentials; AzureError when the identity may not list them (it needs the
 *   role Azure Kubernetes Service Cluster User)
 */
export async function writeKubeconfig(options: KubernetesCredentialsOptions): Promise<KubernetesCredentials> {
  const { resourceManager, resourceGroup, clusterName, directory, secrets } = options;
  const cluster = resourceId(
    resourceManager.subscriptionId,
    resourceGroup,
    'Microsoft.ContainerService',
    'managedClusters',
    clusterName,
  );
  const { kubeconfigs } = await resourceManager.post<{ kubeconfigs?: { value: string }[] }>(
    `${cluster}/listClusterUserCredential`,
    API_VERSION,
    { query: { format: 'exec' } },
  );
  const encoded = kubeconfigs?.[0]?.value;
  if (encoded === undefined)
    throw new UserError(`AKS gave no credentials for cluster ${clusterName} in ${resourceGroup}.`);
  const config = readKubeconfig(Buffer.from(encoded, 'base64').toString('utf8'));
  const user = config?.users?.[0]?.user;
  if (user === undefined) throw new UserError(`The kubeconfig of cluster ${clusterName} names no user.`);
  const kubeconfig = join(directory, 'kubeconfig.json');
  const write = (content: KubeconfigUser): void => {
    const users = config?.users?.map((entry, index) => (index === 0 ? { ...entry, user: content } : entry));
    writeFileSync(kubeconfig, JSON.stringify({ ...config, users }), { mode: 0o600 });
  };
  if (user['client-key-data'] !== undefined) secrets.add(user['client-key-data']);
  const server = serverId(user);
  if (server === undefined) {
    write(user);
    return { kubeconfig, renew: () => Promise.resolve() };
  }
  let expires = 0;
  const renew = async (): Promise<void> => {
    if (expires - options.now() > RENEW_BEFORE_MILLISECONDS) return;
    const token = await options.credential.getToken(`${server}/.default`);
    if (token === null) throw new UserError(`Microsoft Entra ID gave no token for cluster ${clusterName}.`);
    secrets.add(token.token);
    expires = token.expiresOnTimestamp;
    write({ token: token.token });
  };
  await renew();
  return { kubeconfig, renew };
}

/**
 * The file as AKS gives it. What is written for kubectl is JSON, which is YAML as well.
 *
 * @returns undefined for what is no YAML; the parser's own message would quote the file, and so perhaps a key
 */
function readKubeconfig(yaml: string): Kubeconfig | undefined {
  try {
    // Written by Go, whose YAML is version 1.1.
    return (parse(yaml, { version: '1.1' }) as Kubeconfig | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * The application id of the cluster's API server, from the arguments of the kubelogin call that AKS puts into the file;
 * undefined for a cluster with local accounts, whose file holds a certificate.
 */
export function serverId(user: KubeconfigUser): string | undefined {
  const args = user.exec?.args ?? [];
  const index = args.indexOf('--server-id');
  return index >= 0
    ? args[index + 1]
    : args.find((arg) => arg.startsWith('--server-id='))?.slice('--server-id='.length);
}
