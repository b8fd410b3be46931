/** One cloud of a world: Azure, the cluster in it, and the database server, on loopback. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { addressesOf } from './address-block.ts';
import { type AzureOptions, type AzureStandIn, startAzure } from './azure/azure.ts';
import { faultyCloud } from './faults/cloud.ts';
import { intercept } from './faults/intercept.ts';
import type { RunningPod } from './faults/moments.ts';
import { podsOf } from './faults/pods.ts';
import type { Wire } from './faults/wire.ts';
import { aksServerId, kubeloginKubeconfig, tokenKubeconfig } from './kubernetes/kubeconfig.ts';
import { startNodes } from './kubernetes/node/runtime.ts';
import type { Outside } from './kubernetes/ports.ts';
import { type RequestRecord, startApiServer } from './kubernetes/server.ts';
import { ClusterStore } from './kubernetes/store.ts';
import { AZURE, azureRequestsFile, DATABASE_PORT, planWritesFile, requestsFile, type SiteFacts } from './layout.ts';
import { startPostgres } from './postgres.ts';
import { azurermProvider } from './terraform/provider/azurerm.ts';
import { randomProvider } from './terraform/provider/random.ts';
import { serveProviders } from './terraform/provider/serve.ts';
import type { Certificates } from './tls.ts';

/** Values that must be the same when a cloud is started again. */
export interface SiteValues {
  /** Which loopback addresses are its own. */
  block: number;
  azurePort: number;
  kubernetesPort: number;
  /** Addresses of host names outside the cluster, as Terraform made them. */
  hosts: Record<string, string>;
}

/** What a cloud is made of. */
export interface SiteOptions extends Pick<AzureOptions, 'clients' | 'issuer' | 'controlKey' | 'neighbours'> {
  /** Where its state is. */
  directory: string;
  values: SiteValues;
  /** Keeps the values, which have changed. */
  save: () => void;
  tls: Certificates;
  adminToken: string;
  moodleTree: string;
  /** A real cluster in place of the stand-in. */
  kubeconfig?: string;
  /** Counts requests, which may meet faults. */
  wire?: Wire;
}

/** A cloud that is up. */
export interface Site {
  facts: SiteFacts;
  azure: AzureStandIn;
  /** The pods that run now. */
  pods: () => RunningPod[];
}

/**
 * Starts a cloud.
 *
 * @param stops gets how each part is stopped as soon as it is up, so that the parts of one that does not come up end too
 */
export async function startSite(options: SiteOptions, stops: (() => Promise<void>)[]): Promise<Site> {
  const { directory, values, tls, wire } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const addresses = addressesOf(values.block);
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    address: addresses.database,
    port: DATABASE_PORT,
    tls,
  });
  stops.push(() => postgres.stop());
  const kubernetesUrl = `https://127.0.0.1:${values.kubernetesPort}`;
  const access = { server: kubernetesUrl, certificateAuthority: tls.ca, name: 'rehearsal', namespace: 'moodle' };
  const login = { tenantId: AZURE.tenantId, clientId: aksServerId, environment: 'AzurePublicCloud' };
  const real = options.kubeconfig;
  let cluster: Awaited<ReturnType<typeof startCluster>> | undefined;
  const azure = await startAzure({
    ...options,
    port: values.azurePort,
    directory: join(directory, 'azure'),
    subscriptionId: AZURE.subscriptionId,
    tenantId: AZURE.tenantId,
    kubeconfig: () => (real === undefined ? kubeloginKubeconfig(access, login) : readFileSync(real, 'utf8')),
    publicImages: [
      'docker.io/valkey/valkey:*',
      'docker.io/oliver006/redis_exporter:*',
      'docker.io/prometheuscommunity/pgbouncer-exporter:*',
    ],
    frontDoor: { address: addresses.frontDoor },
    onServer: (server, service) => {
      if (wire !== undefined) intercept(server, service, wire);
      if (service === 'azure') server.prependListener('request', noteAzureRequest);
    },
    onDatabase: (database) => {
      postgres.provide(database);
      values.hosts[database.host] = postgres.address;
      options.save();
    },
    onGone: (gone) => (gone.what === 'cluster' ? cluster?.clear() : postgres.drop(gone.name)),
  });
  stops.push(() => azure.stop());
  const { subscriptionId, tenantId, deployClientId: clientId } = AZURE;
  const providers = await serveProviders({
    'hashicorp/azurerm': azurermProvider({
      subscriptionId,
      tenantId,
      clientId,
      cloud: wire === undefined ? azure.terraform : faultyCloud(azure.terraform, wire),
    }),
    'hashicorp/random': randomProvider(),
  });
  stops.push(() => providers.stop());
  if (real === undefined) {
    cluster = await startCluster(options, azure);
    stops.push(cluster.stop);
  }
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, real === undefined ? tokenKubeconfig(access, options.adminToken) : readFileSync(real), {
    mode: 0o600,
  });
  const facts: SiteFacts = {
    azureUrl: azure.url,
    frontDoor: new URL(azure.frontDoor().url).host,
    frontDoorPlain: new URL(azure.frontDoor().httpUrl).host,
    terraformProviders: providers.reattach,
    kubeconfig,
    database: { address: postgres.address, port: DATABASE_PORT, passwordFile: postgres.passwordFile },
  };
  return { facts, azure, pods: () => cluster?.pods() ?? [] };
}

/** Reviews of one's own rights and commands that look at Redis are requests by POST that change nothing. */
const HARMLESS_POST = /\/selfsubject\w+reviews$|\/pods\/[^/]+\/exec$/;

/**
 * Keeps what the identity that plans wrote. Kubernetes has no right for dry runs alone, so it may write; that it does not
 * is proven here.
 */
function notePlanWrites({ method, url, user }: RequestRecord): void {
  if (user !== AZURE.planClientId || method === 'GET' || method === 'HEAD') return;
  const { pathname, searchParams } = new URL(url, 'https://kubernetes');
  if (searchParams.get('dryRun') === 'All' || (method === 'POST' && HARMLESS_POST.test(pathname))) return;
  appendFileSync(planWritesFile, `${method} ${pathname}\n`);
}

/** The Kubernetes stand-in: objects, nodes, API server. */
async function startCluster(
  options: SiteOptions,
  azure: AzureStandIn,
): Promise<{ clear(): void; pods(): RunningPod[]; stop(): Promise<void> }> {
  const { directory, values, wire } = options;
  const store = new ClusterStore({ file: join(directory, 'kubernetes.json') });
  const { loadBalancer } = addressesOf(values.block);
  const outside: Outside = {
    async loadBalancer(service) {
      azure.privateLinkServiceFor(service, loadBalancer);
      return { ip: loadBalancer };
    },
    async loadBalancerGone(service) {
      azure.privateLinkServiceGone(service);
    },
    secret: async (vault, name) => azure.secret(vault, name),
    image: async (reference) => azure.image(reference),
    hosts: () => values.hosts,
  };
  /** The administrator's own token, or one that Entra issued. */
  const identify = (token: string) => {
    if (token === options.adminToken) return { user: 'rehearsal-admin', groups: ['system:masters'] };
    const known = azure.token(token);
    return known === undefined ? undefined : { user: known.clientId, groups: ['system:authenticated'] };
  };
  const runtime = await startNodes({
    store,
    outside,
    directory: join(directory, 'nodes'),
    addressBlock: values.block,
    moodleTree: options.moodleTree,
  });
  const server = await startApiServer({
    store,
    runtime,
    tls: options.tls,
    port: values.kubernetesPort,
    tokens: { get: identify },
    ...(wire === undefined ? {} : { onServer: (server) => intercept(server, 'kubernetes', wire) }),
    onRequest: (request) => {
      appendFileSync(requestsFile, `${request.userAgent.split('/')[0]} ${request.method} ${request.url}\n`);
      notePlanWrites(request);
    },
  });
  return {
    clear: () => store.clear(),
    pods: () => podsOf(store),
    async stop() {
      await server.close();
      await runtime.stop();
      store.close();
    },
  };
}

/** Without the rehearsal's own, and those of Terraform's providers, which are no requests here. */
function noteAzureRequest({ method, url = '' }: IncomingMessage): void {
  const [path = ''] = url.split('?');
  if (!path.startsWith('/_rehearsal/')) appendFileSync(azureRequestsFile, `${method} ${path}\n`);
}
