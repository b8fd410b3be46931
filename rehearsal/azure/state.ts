/**
 * Everything the stand-in remembers, kept in one JSON file so that a killed rehearsal continues where it was.
 *
 * The file is written after every change, before the answer that reports it, and replaced in one step: a SIGKILL at any
 * moment leaves either the old or the new state, never half of one.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformResource } from './terraform.ts';

/** An Azure resource as Resource Manager shows it. */
export interface Resource {
  id: string;
  name: string;
  type: string;
  location: string;
  tags?: Record<string, string>;
  properties: Record<string, unknown>;
}

/** A private endpoint connection on a Private Link Service. */
export interface Connection {
  name: string;
  /** Resource id of the Private Link Service. */
  service: string;
  /** Resource id of the private endpoint, which lies in somebody else's subscription. */
  privateEndpoint: string;
  location: string;
  linkIdentifier: string;
  status: 'Pending' | 'Approved' | 'Rejected' | 'Disconnected';
  description: string;
  /** Until then (epoch ms) the last change is in progress and another one is refused. */
  busyUntil: number;
}

/** One run of ACR Tasks. */
export interface BuildRun {
  id: string;
  registry: string;
  status: 'Queued' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled';
  createTime: string;
  startTime?: string;
  finishTime?: string;
  error?: string;
  log: string;
  outputs: { registry: string; repository: string; tag: string; digest: string }[];
}

/** A pushed image; `directory` holds its unpacked build context. */
export interface Image {
  repository: string;
  tag: string;
  digest: string;
  directory: string;
  /** What the builder was told. */
  arguments?: Record<string, string>;
}

/** The Front Door origin of the frontend root, and whom it asks for admission. */
export interface Origin {
  id: string;
  endpointHost: string;
  /** Resource id of the Private Link Service. */
  service: string;
  requestMessage: string;
  location: string;
  /** Name of its connection, once the request has arrived at the Private Link Service. */
  connection?: string;
  /** Epoch ms at which the request arrives. */
  requestAt: number;
  /** Epoch ms from which Front Door's edge uses the approved connection. */
  servesAt?: number;
}

export interface AzureState {
  /** Signs the access tokens; kept so that tokens survive a restart. */
  tokenKey: string;
  /** Keyed by lower-case resource id: Azure's ids don't regard letter case. */
  resources: Record<string, Resource>;
  /** What Terraform made, keyed by type and lower-case id. */
  terraform: Record<string, TerraformResource>;
  /** Administrators of database servers, keyed by lower-case resource id. */
  databaseServers: Record<string, { host: string; user: string; password: string }>;
  /** Values of the secrets of each vault, by the vault's name. */
  secrets: Record<string, Record<string, string>>;
  connections: Connection[];
  /** Address behind each Private Link Service, keyed by lower-case resource id. */
  targets: Record<string, { address: string; port: number }>;
  runs: BuildRun[];
  images: Image[];
  origin?: Origin;
}

/** The state and the act of keeping it. */
export interface Keeper {
  readonly directory: string;
  readonly state: AzureState;
  save(): void;
}

/** Loads the state in `directory`, or starts an empty one. The file is readable by its owner only: it holds secrets. */
export function keepState(directory: string): Keeper {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'state.json');
  const state: AzureState = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as AzureState)
    : {
        tokenKey: randomBytes(32).toString('hex'),
        resources: {},
        terraform: {},
        databaseServers: {},
        secrets: {},
        connections: [],
        targets: {},
        runs: [],
        images: [],
      };
  return {
    directory,
    state,
    save() {
      writeFileSync(`${file}.new`, JSON.stringify(state, null, 1), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}

/** Finds a resource by id. */
export function findResource(state: AzureState, id: string): Resource | undefined {
  return state.resources[id.toLowerCase()];
}

/** Adds or replaces a resource. */
export function putResource(state: AzureState, resource: Resource): Resource {
  state.resources[resource.id.toLowerCase()] = resource;
  return resource;
}
