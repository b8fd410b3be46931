/**
 * The world outside the pipeline: Azure, Kubernetes and the database, on loopback. It is a process of its own, so that it
 * can stay up when the pipeline has ended. Its state is in `.rehearsal/state/`; started again, it goes on from there.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addressesOf, claimBlock } from './address-block.ts';
import { type AzureStandIn, startAzure } from './azure/azure.ts';
import { faultyCloud } from './faults/cloud.ts';
import { intercept } from './faults/intercept.ts';
import { act, type RunningPod } from './faults/moments.ts';
import { Wire } from './faults/wire.ts';
import { aksServerId, kubeloginKubeconfig, tokenKubeconfig } from './kubernetes/kubeconfig.ts';
import { startNodes } from './kubernetes/node/runtime.ts';
import type { Outside } from './kubernetes/ports.ts';
import { type RequestRecord, startApiServer } from './kubernetes/server.ts';
import { ClusterStore } from './kubernetes/store.ts';
import {
  AZURE,
  CALLER,
  DATABASE_PORT,
  planWritesFile,
  REPOSITORY,
  requestsFile,
  stateDirectory,
  type WorldFacts,
  worldFile,
} from './layout.ts';
import { startPostgres } from './postgres.ts';
import { idOf } from './runner/trigger.ts';
import { azurermProvider } from './terraform/provider/azurerm.ts';
import { randomProvider } from './terraform/provider/random.ts';
import { serveProviders } from './terraform/provider/serve.ts';
import { type Certificates, makeCertificates } from './tls.ts';
import type { WorldMessage, WorldOrder } from './world-process.ts';

/** What a world is made for. */
export interface WorldOptions {
  /** Environments whose identities are trusted. */
  environments: string[];
  /** Host name of the site, when the environment has its own. */
  domain?: string;
  /** A Moodle tree in place of the stand-in's. */
  moodle?: string;
  /** A real cluster in place of the stand-in. */
  kubeconfig?: string;
  /** Requests are counted, and may meet faults. */
  faults?: boolean;
}

/** Values that must be the same when the world is started again. */
interface Durable {
  /** Which loopback addresses are ours. */
  block: number;
  certificates: Certificates;
  controlKey: string;
  adminToken: string;
  azurePort: number;
  githubPort: number;
  kubernetesPort: number;
  /** Addresses of host names outside the cluster, as Terraform made them. */
  hosts: Record<string, string>;
}

const durableFile = join(stateDirectory, 'world.json');

/** A port that nobody has now. It may be taken by the time it is used, and then starting fails by name. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** The durable values: read, or made. */
async function durable(options: WorldOptions, stored: Durable | undefined, block: number): Promise<Durable> {
  if (stored !== undefined) return stored;
  const hosts = ['*.azurefd.net', '*.z01.azurefd.net', ...(options.domain === undefined ? [] : [options.domain])];
  const made: Durable = {
    block,
    certificates: await makeCertificates({ hosts, ips: Object.values(addressesOf(block)) }),
    controlKey: randomBytes(18).toString('base64url'),
    adminToken: randomBytes(18).toString('base64url'),
    azurePort: await freePort(),
    githubPort: await freePort(),
    kubernetesPort: await freePort(),
    hosts: {},
  };
  save(made);
  return made;
}

function save(values: Durable): void {
  writeFileSync(durableFile, JSON.stringify(values, null, 2), { mode: 0o600 });
}

/** Starts everything; answers what others must know, and how to stop. */
async function startWorld(options: WorldOptions): Promise<{ facts: WorldFacts; stop: () => Promise<void> }> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const stored = existsSync(durableFile) ? (JSON.parse(readFileSync(durableFile, 'utf8')) as Durable) : undefined;
  const claimed = await claimBlock(stored?.block);
  const kept = await durable(options, stored, claimed.block);
  const addresses = addressesOf(kept.block);
  const { certificates: tls } = kept;
  const caFile = join(stateDirectory, 'ca.pem');
  writeFileSync(caFile, tls.ca);
  const stops: (() => Promise<void>)[] = [claimed.release];
  const stop = async (): Promise<void> => {
    for (const end of stops.reverse()) await end();
    rmSync(worldFile, { force: true });
  };
  try {
    const postgres = await startPostgres({
      directory: join(stateDirectory, 'postgres'),
      address: addresses.database,
      port: DATABASE_PORT,
      tls,
    });
    stops.push(() => postgres.stop());
    const kubernetesUrl = `https://127.0.0.1:${kept.kubernetesPort}`;
    const access = { server: kubernetesUrl, certificateAuthority: tls.ca, name: 'rehearsal', namespace: 'moodle' };
    const login = { tenantId: AZURE.tenantId, clientId: aksServerId, environment: 'AzurePublicCloud' };
    const real = options.kubeconfig;
    let cluster: Awaited<ReturnType<typeof startCluster>> | undefined;
    const azure = await startAzure({
      tls,
      port: kept.azurePort,
      directory: join(stateDirectory, 'azure'),
      controlKey: kept.controlKey,
      subscriptionId: AZURE.subscriptionId,
      tenantId: AZURE.tenantId,
      clients: clients(options.environments),
      issuer: {
        issuer: `https://127.0.0.1:${kept.githubPort}`,
        jwksUri: `https://127.0.0.1:${kept.githubPort}/.well-known/jwks`,
      },
      kubeconfig: () => (real === undefined ? kubeloginKubeconfig(access, login) : readFileSync(real, 'utf8')),
      publicImages: [
        'docker.io/valkey/valkey:*',
        'docker.io/oliver006/redis_exporter:*',
        'docker.io/prometheuscommunity/pgbouncer-exporter:*',
      ],
      frontDoor: { address: addresses.frontDoor },
      ...(options.faults ? { onServer: (server, service) => intercept(server, service, wire) } : {}),
      onDatabase: (database) => {
        postgres.provide(database);
        kept.hosts[database.host] = postgres.address;
        save(kept);
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
        cloud: options.faults ? faultyCloud(azure.terraform, wire) : azure.terraform,
      }),
      'hashicorp/random': randomProvider(),
    });
    stops.push(() => providers.stop());
    if (real === undefined) {
      cluster = await startCluster(options, kept, azure);
      stops.push(cluster.stop);
    }
    const kubeconfig = join(stateDirectory, 'kubeconfig');
    writeFileSync(kubeconfig, real === undefined ? tokenKubeconfig(access, kept.adminToken) : readFileSync(real), {
      mode: 0o600,
    });
    const facts: WorldFacts = {
      pid: process.pid,
      startedBy: process.ppid,
      kept: false,
      azureUrl: azure.url,
      controlKey: kept.controlKey,
      frontDoor: new URL(azure.frontDoor().url).host,
      frontDoorPlain: new URL(azure.frontDoor().httpUrl).host,
      githubPort: kept.githubPort,
      caFile,
      tls,
      terraformProviders: providers.reattach,
      kubeconfig,
      database: { address: postgres.address, port: DATABASE_PORT, passwordFile: postgres.passwordFile },
    };
    writeFileSync(worldFile, JSON.stringify(facts, null, 2), { mode: 0o600 });
    return { facts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The identities of the pipeline: one that reads, one that applies. */
function clients(environments: readonly string[]) {
  const [owner = '', name = ''] = CALLER.split('/');
  // The new form of subject, as tokens of the calling repository have it; ours is older.
  const caller = `${owner}@${idOf(owner)}/${name}@${idOf(CALLER)}`;
  const subjects = (suffix: string): string[] =>
    [REPOSITORY, caller].flatMap((repository) =>
      environments.map((environment) => `repo:${repository}:environment:${environment}-${suffix}`),
    );
  return [
    { clientId: AZURE.planClientId, subjects: subjects('plan'), role: 'Reader' as const },
    { clientId: AZURE.deployClientId, subjects: subjects('deploy'), role: 'Contributor' as const },
  ];
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
  options: WorldOptions,
  kept: Durable,
  azure: AzureStandIn,
): Promise<{ clear(): void; stop(): Promise<void> }> {
  const store = new ClusterStore({ file: join(stateDirectory, 'kubernetes.json') });
  runningPods = () => podsOf(store);
  const { loadBalancer } = addressesOf(kept.block);
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
    hosts: () => kept.hosts,
  };
  /** The administrator's own token, or one that Entra issued. */
  const identify = (token: string) => {
    if (token === kept.adminToken) return { user: 'rehearsal-admin', groups: ['system:masters'] };
    const known = azure.token(token);
    return known === undefined ? undefined : { user: known.clientId, groups: ['system:authenticated'] };
  };
  const runtime = await startNodes({
    store,
    outside,
    directory: join(stateDirectory, 'nodes'),
    addressBlock: kept.block,
    moodleTree: options.moodle ?? join(import.meta.dirname, 'moodle/tree'),
  });
  const server = await startApiServer({
    store,
    runtime,
    tls: kept.certificates,
    port: kept.kubernetesPort,
    tokens: { get: identify },
    ...(options.faults ? { onServer: (server) => intercept(server, 'kubernetes', wire) } : {}),
    onRequest: (request) => {
      appendFileSync(requestsFile, `${request.userAgent.split('/')[0]} ${request.method} ${request.url}\n`);
      notePlanWrites(request);
    },
  });
  return {
    clear: () => store.clear(),
    async stop() {
      await server.close();
      await runtime.stop();
      store.close();
    },
  };
}

/** The pods that run, with the first processes of their containers. */
function podsOf(store: ClusterStore): RunningPod[] {
  const zones = new Map(
    store.list('Node').map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone'] ?? '']),
  );
  return store.list('Pod').flatMap(({ metadata, spec, status }) => {
    const containers = (status?.containerStatuses ?? []) as { containerID?: string; state?: { running?: object } }[];
    const pids = containers
      .filter(({ state }) => state?.running !== undefined)
      .map(({ containerID = '' }) => Number(containerID.replace('rehearsal://', '')));
    return pids.length === 0 ? [] : [{ name: metadata.name, zone: zones.get(String(spec?.nodeName)) ?? '', pids }];
  });
}

let runningPods: () => RunningPod[] = () => [];
const wire = new Wire((kind, pid) => act(kind, pid, runningPods));

const tell = (message: WorldMessage): void => {
  process.send?.(message);
};

let world: Awaited<ReturnType<typeof startWorld>> | undefined;
let stopping = false;

/** An orderly end may take so long; then the process ends all the same, and the kernel ends its children. */
const END_DEADLINE_MILLISECONDS = 8000;

/** Ends in order, once. */
async function end(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), END_DEADLINE_MILLISECONDS);
  await world?.stop();
  process.exit(code);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(0));
const onDisconnect = (): void => void end(0);
process.on('disconnect', onDisconnect);
process.on('message', (order: WorldOrder) => {
  if (order.type === 'arm') {
    wire.arm(order.faults);
    tell({ type: 'armed' });
  }
  if (order.type === 'aim') wire.aim(order.pid);
  if (order.type === 'report') tell({ type: 'report', report: wire.report() });
  if (order.type !== 'keep') return;
  process.off('disconnect', onDisconnect);
  if (world !== undefined) writeFileSync(worldFile, JSON.stringify({ ...world.facts, kept: true }, null, 2));
  process.disconnect();
});

try {
  world = await startWorld(JSON.parse(process.argv[2] ?? '{}') as WorldOptions);
  tell({ type: 'ready', facts: world.facts });
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
