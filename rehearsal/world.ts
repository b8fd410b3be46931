/**
 * The world outside the pipeline: Azure, Kubernetes and the database, on loopback. It is a process of its own, so that it
 * can stay up when the pipeline has ended. Its state is in `.rehearsal/state/`; started again, it goes on from there.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addressesOf, claimBlock } from './address-block.ts';
import { act } from './faults/moments.ts';
import { Wire } from './faults/wire.ts';
import { AZURE, CALLER, REPOSITORY, type SiteFacts, stateDirectory, type WorldFacts, worldFile } from './layout.ts';
import { idOf } from './runner/trigger.ts';
import { type Site, type SiteValues, startSite } from './site.ts';
import { type Certificates, makeCertificates } from './tls.ts';
import type { WorldMessage, WorldOrder } from './world-process.ts';

/** What a world is made for. */
export interface WorldOptions {
  /** Environments whose identities are trusted. */
  environments: string[];
  /** Those that have a cloud of their own; all others share one. */
  beside: string[];
  /** Host name of the site, when the environment has its own. */
  domain?: string;
  /** A Moodle tree in place of the stand-in's. */
  moodle?: string;
  /** A real cluster in place of the stand-in. */
  kubeconfig?: string;
  /** Requests are counted, and may meet faults. */
  faults?: boolean;
}

/** Values that must be the same when the world is started again: its own, and those of its first cloud. */
interface Durable extends SiteValues {
  certificates: Certificates;
  controlKey: string;
  adminToken: string;
  githubPort: number;
  /** Of the other clouds, by environment. */
  sites: Record<string, SiteValues>;
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

/** Claims the addresses of a cloud, those that it had or free ones. */
async function claimSite(stored: SiteValues | undefined, stops: (() => Promise<void>)[]): Promise<SiteValues> {
  const { block, release } = await claimBlock(stored?.block);
  stops.push(release);
  return stored ?? { block, azurePort: await freePort(), kubernetesPort: await freePort(), hosts: {} };
}

/** The durable values: read, or made. All addresses are claimed before the certificate that names them is made. */
async function durable(options: WorldOptions, stops: (() => Promise<void>)[]): Promise<Durable> {
  const stored = existsSync(durableFile) ? (JSON.parse(readFileSync(durableFile, 'utf8')) as Durable) : undefined;
  const first = await claimSite(stored, stops);
  if (stored !== undefined) {
    for (const name of options.beside)
      if (stored.sites[name] === undefined)
        throw new Error(`The kept state has no cloud for ${name}; start anew without --again.`);
    for (const site of Object.values(stored.sites)) await claimSite(site, stops);
    return stored;
  }
  const sites: Record<string, SiteValues> = {};
  for (const name of options.beside) sites[name] = await claimSite(undefined, stops);
  const hosts = ['*.azurefd.net', '*.z01.azurefd.net', ...(options.domain === undefined ? [] : [options.domain])];
  const ips = [first, ...Object.values(sites)].flatMap(({ block }) => Object.values(addressesOf(block)));
  return {
    ...first,
    certificates: await makeCertificates({ hosts, ips }),
    controlKey: randomBytes(18).toString('base64url'),
    adminToken: randomBytes(18).toString('base64url'),
    githubPort: await freePort(),
    sites,
  };
}

/** The clouds that are up. */
const up: Site[] = [];

const wire = new Wire((kind, pid) => act(kind, pid, () => up.flatMap(({ pods }) => pods())));

/** Starts everything; answers what others must know, and how to stop. */
async function startWorld(options: WorldOptions): Promise<{ facts: WorldFacts; stop: () => Promise<void> }> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.reverse()) await end();
    rmSync(worldFile, { force: true });
  };
  try {
    const kept = await durable(options, stops);
    const save = (): void => writeFileSync(durableFile, JSON.stringify(kept, null, 2), { mode: 0o600 });
    save();
    const { certificates: tls, controlKey, adminToken, githubPort } = kept;
    const caFile = join(stateDirectory, 'ca.pem');
    writeFileSync(caFile, tls.ca);
    const issuer = `https://127.0.0.1:${githubPort}`;
    const start = async (directory: string, values: SiteValues): Promise<SiteFacts> => {
      const site = await startSite(
        {
          directory,
          values,
          save,
          tls,
          controlKey,
          adminToken,
          clients: clients(options.environments),
          issuer: { issuer, jwksUri: `${issuer}/.well-known/jwks` },
          neighbours: () => up.map(({ azure }) => azure.state),
          moodleTree: options.moodle ?? join(import.meta.dirname, 'moodle/tree'),
          ...(options.faults ? { wire } : {}),
          ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
        },
        stops,
      );
      up.push(site);
      return site.facts;
    };
    const first = await start(stateDirectory, kept);
    const sites: Record<string, SiteFacts> = {};
    for (const [name, values] of Object.entries(kept.sites))
      sites[name] = await start(join(stateDirectory, 'sites', name), values);
    const { pid, ppid: startedBy } = process;
    const facts: WorldFacts = { pid, startedBy, kept: false, ...first, sites, controlKey, githubPort, caFile, tls };
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
