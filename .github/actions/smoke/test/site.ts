/** A site to be smoked: the stand-in's edge of Front Door, and behind it two pods that behave like Moodle's. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeRules } from '../../../../rehearsal/azure/edge-rules.ts';
import { closeServer, listen, startFrontDoor, type Tampering } from '../../../../rehearsal/azure/front-door.ts';
import { type CertificateWish, makeCertificates } from '../../../../rehearsal/tls.ts';
import { type ActionEnd, runAction } from '../../../../test/support/action-process.ts';

export const HOST = 'moodle.example.org';
const STYLE = '/theme/styles.php/boost/1/all';
const ICON = '/theme/image.php/boost/theme/1/favicon';

/** How the pods behave when something is wrong with them. */
export interface Pods {
  /** Answers in place of the log-in page. */
  login?: { status: number; headers?: Record<string, string>; body?: string };
  /** Each pod keeps its own sessions. */
  sessionsInPods?: boolean;
  /** All connections lead to one pod. */
  onePod?: boolean;
  /** Whom the pods take for the client, of what X-Forwarded-For says. */
  client?: (forwarded: string[]) => string;
  /** An image of before the probe. */
  noProbe?: boolean;
  installerOpen?: boolean;
  healthOpen?: boolean;
  /** Another address than the site's in Moodle's forms. */
  address?: string;
  styleControl?: string;
  styleStatus?: number;
  /** Of a picture that the log-in page links to. */
  iconStatus?: number;
  insecureCookie?: boolean;
}

/** What is wrong with the site. */
export interface Plant {
  pods?: Pods;
  edge?: Tampering;
  certificate?: CertificateWish;
  /** The runner does not know the authority. */
  untrusted?: boolean;
  /** The private link connection is not approved. */
  unreachable?: boolean;
  /** Nobody listens behind it. */
  podsGone?: boolean;
  inputs?: Record<string, string>;
}

const rules: EdgeRules = {
  redirectsToHttps: () => true,
  judge: ({ url }) => ({
    routed: true,
    blocked: url.startsWith('/install.php'),
    cached: url.startsWith('/theme/styles.php/'),
    headers: [
      ['strict-transport-security', 'max-age=31536000'],
      ['x-content-type-options', 'nosniff'],
      ['referrer-policy', 'strict-origin-when-cross-origin'],
    ],
  }),
};

/** A running site, with what the bundle must be given to look at it. */
export interface OpenSite {
  inputs: Record<string, string>;
  environment: Record<string, string>;
  close: () => Promise<void>;
}

/** Starts a site with this fault, or none. */
export async function openSite(plant: Plant = {}): Promise<OpenSite> {
  const directory = mkdtempSync(join(tmpdir(), 'smoke-test-'));
  const tls = await makeCertificates(plant.certificate ?? { hosts: [HOST] });
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, tls.ca);
  const pods = startPods(plant.pods ?? {});
  await listen(pods, 0, '127.0.0.1');
  const { port } = pods.address() as AddressInfo;
  if (plant.podsGone === true) await closeServer(pods);
  const upstream = { address: '127.0.0.1', port, host: HOST };
  const edge = await startFrontDoor({
    tls,
    address: '127.0.0.1',
    port: 0,
    upstream: () => (plant.unreachable === true ? undefined : upstream),
    rules,
    tampering: () => plant.edge ?? {},
  });
  return {
    inputs: {
      'host-name': HOST,
      'connect-to': new URL(edge.url).host,
      'connect-to-plain': new URL(edge.httpUrl).host,
      timeout: '1s',
      ...plant.inputs,
    },
    environment: plant.untrusted === true ? {} : { NODE_EXTRA_CA_CERTS: ca },
    close: async () => {
      await Promise.all([edge.stop(), closeServer(pods)]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the bundle against a site with this fault, or none. */
export async function smoke(plant: Plant = {}): Promise<ActionEnd> {
  const { inputs, environment, close } = await openSite(plant);
  try {
    return await runAction({ action: '.github/actions/smoke', inputs, environment });
  } finally {
    await close();
  }
}

function startPods(pods: Pods): Server {
  const sessions = [new Map<string, string>(), new Map<string, string>()];
  let turn = 0;
  return createServer((request, response) => {
    const pod = pods.onePod === true ? 0 : turn++ % 2;
    const own = sessions[pods.sessionsInPods === true ? pod : 0] ?? new Map();
    answer(request, response, { pods, pod, sessions: own });
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { pods, pod, sessions }: { pods: Pods; pod: number; sessions: Map<string, string> },
): void {
  const path = (request.url ?? '').replace(/\?.*$/, '');
  const asked = request.headers['x-moodle-probe'] === '1' && pods.noProbe !== true;
  if (asked) response.setHeader('x-moodle-probe', probe(request, pods, pod));
  if (path === '/login/index.php') loginPage(request, response, pods, sessions);
  else if (path === STYLE)
    response
      .writeHead(pods.styleStatus ?? 200, { 'cache-control': pods.styleControl ?? 'public, max-age=60, immutable' })
      .end('h1 { color: navy }');
  else if (path === ICON) response.writeHead(pods.iconStatus ?? 200).end('icon');
  else if (path === '/admin/index.php' && pods.installerOpen === true)
    response.end('<h1>Installation</h1><p>Copyright notice</p>');
  else if (path === '/admin/index.php') response.writeHead(303, { location: `https://${HOST}/login/index.php` }).end();
  else if (path === '/healthz' && pods.healthOpen === true) response.end('ok\n');
  else response.writeHead(404).end('not found');
}

function probe({ headers }: IncomingMessage, pods: Pods, pod: number): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(', ');
  const client = (pods.client ?? ((all: string[]) => all.at(-1) ?? ''))(forwarded);
  return `instance=${pod}${pod}${pod}; client=${client}; edge=${String(headers['x-azure-socketip'] ?? 'none')}`;
}

function loginPage(
  request: IncomingMessage,
  response: ServerResponse,
  pods: Pods,
  sessions: Map<string, string>,
): void {
  if (pods.login !== undefined) {
    response.writeHead(pods.login.status, pods.login.headers).end(pods.login.body);
    return;
  }
  const given = /MoodleSession=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  let id = given;
  if (id === undefined || !sessions.has(id)) {
    id = randomUUID();
    sessions.set(id, randomUUID().replaceAll('-', ''));
    const secure = pods.insecureCookie === true ? '' : '; secure';
    response.setHeader('set-cookie', `MoodleSession=${id}; path=/${secure}; HttpOnly`);
  }
  response.setHeader('cache-control', 'private, no-cache');
  response.end(`<html><head><link rel="stylesheet" href="https://${HOST}${STYLE}">
<link rel="shortcut icon" href="https://${HOST}${ICON}"></head>
<body id="page-login-index"><form action="${pods.address ?? `https://${HOST}`}/login/index.php" method="post">
<input type="hidden" name="logintoken" value="${sessions.get(id)}"></form></body></html>`);
}
