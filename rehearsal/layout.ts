/** Where the rehearsal keeps what, and which loopback addresses stand for what. */
import { join, resolve } from 'node:path';

/** The folder of the repository. */
export const repositoryRoot = resolve(import.meta.dirname, '..');

/** Everything that a rehearsal writes. REHEARSAL_DIRECTORY names another folder, as tests do that run beside others. */
export const rehearsalDirectory = resolve(process.env.REHEARSAL_DIRECTORY ?? join(repositoryRoot, '.rehearsal'));

/** What survives from one rehearsal to the next with `--again`. */
export const stateDirectory = join(rehearsalDirectory, 'state');

/** Requests by which the identity that plans changed something in the cluster, one a line. There must be none. */
export const planWritesFile = join(rehearsalDirectory, 'plan-writes.log');

/** Every request that the Kubernetes stand-in answered, one a line: user agent, method, path. */
export const requestsFile = join(rehearsalDirectory, 'kubernetes-requests.log');
/** Requests to Azure's stand-in during a run, of the site that is deployed, and to GitHub's: `METHOD path` in each line. */
export const azureRequestsFile = join(rehearsalDirectory, 'azure-requests.log');
export const githubRequestsFile = join(rehearsalDirectory, 'github-requests.log');

/** Facts of the world that is up, for whoever attaches to it. */
export const worldFile = join(rehearsalDirectory, 'world.json');

/** Port of PostgreSQL on its own address. */
export const DATABASE_PORT = 5432;

/** The repository under whose name the workflows run. */
export const REPOSITORY = 'example/moodle-high-scale';

/** A repository of somebody else that calls the reusable workflow. */
export const CALLER = 'university/exams';

/** Made-up identifiers of the right shape. */
export const AZURE = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  subscriptionId: '99999999-8888-4777-8666-555555555555',
  planClientId: 'aaaaaaaa-1111-4aaa-8aaa-aaaaaaaaaaaa',
  deployClientId: 'bbbbbbbb-2222-4bbb-8bbb-bbbbbbbbbbbb',
} as const;

/** One cloud of a world: Azure, a cluster in it, and a database. */
export interface SiteFacts {
  azureUrl: string;
  /** `address:port` of Front Door's edge. */
  frontDoor: string;
  /** The same for plain HTTP. */
  frontDoorPlain: string;
  /** TF_REATTACH_PROVIDERS: where the stand-in providers are. */
  terraformProviders: string;
  /** A kubeconfig that may do everything, for a person who looks inside. */
  kubeconfig: string;
  /** How `psql` reaches the database. */
  database: { address: string; port: number; passwordFile: string };
}

/** What a process needs to know of a world that is up. Its own cloud is that of every environment that is not in `sites`. */
export interface WorldFacts extends SiteFacts {
  pid: number;
  /** Process of the rehearsal that started it and ends it. */
  startedBy: number;
  /** Stays up without the one that started it. */
  kept: boolean;
  controlKey: string;
  /** Environments that have a cloud of their own. */
  sites: Record<string, SiteFacts>;
  githubPort: number;
  /** File with the certificate authority that everything here trusts. */
  caFile: string;
  /** PEM texts for the GitHub stand-in. */
  tls: { ca: string; cert: string; key: string };
}
