/**
 * The Azure stand-in: Microsoft Entra ID, Resource Manager, Key Vault, the blob store of ACR Tasks and Front Door, over
 * HTTPS on loopback. See README.md for what it serves and what it refuses.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageContents, KubeObject } from '../kubernetes/ports.ts';
import type { Cloud } from '../terraform/provider/cloud.ts';
import type { Certificates } from '../tls.ts';
import { controlRoutes, type LogEntry } from './control.ts';
import type { Upstream } from './edge-forward.ts';
import { edgeRules } from './edge-rules.ts';
import { type DatabaseMade, fileConnectionRequest, type Gone } from './effects.ts';
import { type Fault, faultAnswer, makeFaults } from './faults.ts';
import { closeServer, listen, startFrontDoor, type Tampering } from './front-door.ts';
import { originHealthRoutes } from './front-door-health.ts';
import { findImage } from './images.ts';
import { keyVaultRoutes, secretFor, vaultUri } from './key-vault.ts';
import { privateLinkServiceFor, removePrivateLinkService } from './load-balancer.ts';
import { privateLinkRoutes } from './private-link.ts';
import { failUnfinishedBuilds, registryRoutes } from './registry.ts';
import { registryDataRoutes } from './registry-data.ts';
import { guard, resourceRoutes } from './resource-manager.ts';
import { type Client, type Issuer, signInRoutes } from './sign-in.ts';
import { type AzureState, type Connection, keepState, type Resource } from './state.ts';
import { terraformCloud } from './terraform.ts';
import { type AccessToken, readToken } from './tokens.ts';
import { type Answer, type Call, matchPath, NotSimulated, Refusal, type Route, readCall, requestIds } from './wire.ts';

export interface AzureOptions {
  tls: Certificates;
  /** 0 (default) takes a free port; a restarted world gives the port it had. */
  port?: number;
  /** State and images are kept here. */
  directory: string;
  subscriptionId: string;
  tenantId: string;
  clients: Client[];
  issuer: Issuer;
  kubeconfig: () => string;
  /** Key of the `/_rehearsal/` paths, sent as `x-rehearsal-key`; made at random when absent. */
  controlKey?: string;
  /** From the frontend's apply to the arrival of its connection request; 3000 when absent. */
  privateEndpointDelayMs?: number;
  /** From the approval to the first request that Front Door lets through; 1500 when absent. */
  approvalDelayMs?: number;
  /** How long a change of a connection is in progress; 300 when absent. */
  updateMs?: number;
  /** How long a build waits for its agent, four times a build step; 600 when absent. */
  buildStepMs?: number;
  /** Life of an access token; 3600 when absent. */
  tokenSeconds?: number;
  /** Images from elsewhere that nodes may pull: exact, or a prefix ending in `*`. */
  publicImages?: string[];
  frontDoor?: { address?: string; port?: number; tampering?: () => Tampering };
  /** Called with each server when its handlers are there, for faults in front of them. */
  onServer?: (server: Server, service: 'azure' | 'front-door') => void;
  /** Other clouds whose registries an image may be imported from; none when absent. */
  neighbours?: () => readonly AzureState[];
  onDatabase?: (database: DatabaseMade) => void | Promise<void>;
  /** Told when the AKS cluster, with all that runs in it, or a database, with its data, was removed. */
  onGone?: (what: Gone) => void;
}

export interface AzureStandIn {
  /** Base address: give it to the actions as azure-authority-host and azure-resource-manager-endpoint. */
  url: string;
  controlKey: string;
  /** For a neighbour. */
  state: AzureState;
  /** Sentences `not simulated: …`; a run that has any has failed. */
  notSimulated(): string[];
  log(): LogEntry[];
  addFaults(faults: Fault[]): void;
  /** What Terraform's provider works on; also `POST /_rehearsal/terraform/{read, write, remove, secret}`. */
  terraform: Cloud;
  /** A Service of type LoadBalancer got `address`; answers the Private Link Service when one is asked for. */
  privateLinkServiceFor(service: KubeObject, address: string): Resource | undefined;
  /** The Service was deleted. */
  privateLinkServiceGone(service: KubeObject): void;
  secret(vault: string, name: string): string;
  image(reference: string): ImageContents;
  /** Reads a token of this stand-in that is still valid: the Kubernetes API's way to know its caller. */
  token(bearer: string): AccessToken | undefined;
  connections(): readonly Connection[];
  frontDoor(): { url: string; httpUrl: string };
  stop(): Promise<void>;
}

export async function startAzure(options: AzureOptions): Promise<AzureStandIn> {
  const keeper = keepState(options.directory);
  const { state } = keeper;
  failUnfinishedBuilds(keeper);
  const faults = makeFaults();
  const controlKey = options.controlKey ?? randomBytes(18).toString('base64url');
  const log: LogEntry[] = [];
  const missing: string[] = [];
  let url = '';
  const base = () => url;
  const { subscriptionId, tenantId, clients } = options;
  const resourceManager = { subscriptionId, clients, state, kubeconfig: options.kubeconfig };
  const registry = {
    keeper,
    base,
    faults,
    buildStepMs: options.buildStepMs ?? 600,
    publicImages: options.publicImages ?? [],
    neighbours: options.neighbours ?? (() => []),
  };
  const privateLink = {
    keeper,
    base,
    subscriptionId,
    updateMs: options.updateMs ?? 300,
    changed: (connection: Connection) => {
      if (state.origin === undefined || state.origin.connection !== connection.name) return;
      if (connection.status === 'Approved') state.origin.servesAt ??= Date.now() + (options.approvalDelayMs ?? 1500);
      else delete state.origin.servesAt;
      keeper.save();
    },
  };
  const terraform = terraformCloud({
    keeper,
    base,
    privateEndpointDelayMs: options.privateEndpointDelayMs ?? 3000,
    onDatabase: options.onDatabase ?? (() => {}),
    onGone: options.onGone ?? (() => {}),
  });
  const routes: Route[] = [
    ...controlRoutes({
      controlKey,
      state,
      faults,
      log,
      missing,
      terraform,
    }),
    ...signInRoutes({
      ...options,
      base,
      ca: options.tls.ca,
      tokenKey: state.tokenKey,
      tokenSeconds: options.tokenSeconds ?? 3600,
    }),
    ...resourceRoutes(resourceManager),
    ...privateLinkRoutes(privateLink),
    ...originHealthRoutes({ state, upstream }),
    ...registryRoutes(registry),
    ...registryDataRoutes(registry),
    ...keyVaultRoutes({ state, tenantId }),
  ];

  async function answerTo(call: Call): Promise<Answer> {
    const path = call.url.pathname;
    try {
      if (/^\/subscriptions\//i.test(path)) {
        guard(call, resourceManager);
        fileConnectionRequest(keeper);
      }
      for (const route of routes) {
        const parameters = route.method === call.method ? matchPath(route.path, path) : undefined;
        if (parameters !== undefined) return await route.handle({ ...call, parameters });
      }
      throw new NotSimulated(`${call.method} ${path}`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error instanceof NotSimulated) missing.push(error.message);
      return error.answer();
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request, base());
    const entry: LogEntry = { at: new Date().toISOString(), method: call.method, path: call.url.pathname, status: 0 };
    const fault = call.url.pathname.startsWith('/_rehearsal/')
      ? undefined
      : faults.take(`${call.method} ${call.url.pathname}`);
    if (!call.url.pathname.startsWith('/_rehearsal/')) log.push(entry);
    if (fault !== undefined) entry.fault = true;
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
    if (fault?.drop === true) {
      entry.status = 'dropped';
      request.socket.destroy();
      return;
    }
    const answer = fault?.status === undefined ? await answerTo(call) : faultAnswer(fault, call.url.pathname);
    entry.status = answer.status;
    const body = answer.raw ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
    response
      .writeHead(answer.status, {
        ...(answer.json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...requestIds(),
        ...answer.headers,
      })
      .end(body);
  }

  const server = createServer({ cert: options.tls.cert, key: options.tls.key }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      missing.push(`the stand-in failed: ${request.method} ${request.url?.split('?')[0]}: ${String(error)}`);
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"StandInFailed"}}');
    });
  });
  options.onServer?.(server, 'azure');
  await listen(server, options.port ?? 0, '127.0.0.1');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The vaults' addresses follow the port, which a restart may change.
  for (const { type, name, properties } of Object.values(state.resources))
    if (type === 'Microsoft.KeyVault/vaults') properties.vaultUri = vaultUri(base(), name);
  const frontDoor = await startFrontDoor({
    tls: options.tls,
    address: options.frontDoor?.address ?? '127.0.0.1',
    port: options.frontDoor?.port ?? 0,
    upstream,
    rules: edgeRules(state, (what) => missing.push(`not simulated: ${what}`)),
    onServer: (edge) => options.onServer?.(edge, 'front-door'),
    ...(options.frontDoor?.tampering === undefined ? {} : { tampering: options.frontDoor.tampering }),
  });

  function upstream(): Upstream | undefined {
    const { origin } = state;
    const connection = state.connections.find(({ name }) => name === origin?.connection);
    if (origin?.servesAt === undefined || origin.servesAt > Date.now() || connection?.status !== 'Approved')
      return undefined;
    const target = state.targets[origin.service.toLowerCase()];
    return target === undefined ? undefined : { ...target, host: origin.endpointHost };
  }

  return {
    url,
    controlKey,
    state,
    notSimulated: () => [...missing],
    log: () => [...log],
    addFaults: (given) => faults.add(given),
    terraform,
    privateLinkServiceFor: (service, address) => {
      const cluster = Object.values(state.resources).find(
        ({ type }) => type === 'Microsoft.ContainerService/managedClusters',
      );
      if (cluster === undefined) throw new Error('There is no AKS cluster: root infra was not applied.');
      const nodeGroup = String(cluster.properties.nodeResourceGroup);
      const { location, name: clusterName } = cluster;
      return privateLinkServiceFor(service, address, { nodeGroup, location, clusterName }, privateLink);
    },
    privateLinkServiceGone: (service) => removePrivateLinkService(service, privateLink),
    secret: (vault, name) => secretFor(state, vault, name),
    image: (reference) => findImage(reference, registry),
    token: (bearer) => {
      const token = readToken(bearer, state.tokenKey);
      return token !== undefined && token.expires * 1000 > Date.now() ? token : undefined;
    },
    connections: () => {
      fileConnectionRequest(keeper);
      return state.connections;
    },
    frontDoor: () => ({ url: frontDoor.url, httpUrl: frontDoor.httpUrl }),
    stop: async () => {
      await Promise.all([closeServer(server), frontDoor.stop()]);
    },
  };
}
