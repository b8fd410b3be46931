/**
 * A cluster with a real site behind it: the Kubernetes stand-in with real kubectl before it and real processes in its
 * pods, PostgreSQL, PgBouncer and Redis as the images run them, PHP, and the stand-in for Moodle's own code.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tokenKubeconfig } from '../../../rehearsal/kubernetes/kubeconfig.ts';
import {
  type Manifest,
  outsideWith,
  startCluster,
  type TestCluster,
  until,
} from '../../../rehearsal/kubernetes/node/testing.ts';
import type { KubeObject } from '../../../rehearsal/kubernetes/ports.ts';
import { type ApiServer, startApiServer } from '../../../rehearsal/kubernetes/server.ts';
import { ADMIN_PASSWORD, NASTY_PASSWORD, type Site, startSite } from '../../../rehearsal/moodle/testing/site.ts';
import { makeCertificates } from '../../../rehearsal/tls.ts';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';

const repository = resolve(import.meta.dirname, '../../..');
const TOKEN = 'pipeline-token';

/** What an image is built of. */
export interface Code {
  version: string;
  plugins?: string;
}

/** Objects that the services component would have made. */
function services(site: Site): Manifest[] {
  const { MOODLE_DB_HOST, MOODLE_DB_PORT, MOODLE_DB_USER, MOODLE_SESSION_REDIS_HOSTS, MOODLE_CACHE_REDIS_HOSTS } =
    site.environment() as Record<string, string>;
  const spec = (kind: string, name: string, apiVersion: string, rest: object): Manifest =>
    ({ apiVersion, kind, metadata: { name }, ...rest }) as Manifest;
  const secret = (name: string): string => `  - |\n    objectName: ${name}\n    objectType: secret\n`;
  return [
    spec('ServiceAccount', 'moodle', 'v1', {}),
    spec('ConfigMap', 'moodle-config', 'v1', {
      data: {
        MOODLE_WWWROOT: 'https://moodle.example.org',
        MOODLE_DB_HOST,
        MOODLE_DB_PORT,
        MOODLE_DB_USER,
        MOODLE_DB_PASSWORD_FILE: '/mnt/secrets/database-password',
        MOODLE_SESSION_REDIS_HOSTS,
        MOODLE_CACHE_REDIS_HOSTS,
      },
    }),
    spec('SecretProviderClass', 'moodle-secrets', 'secrets-store.csi.x-k8s.io/v1', {
      spec: {
        provider: 'azure',
        parameters: {
          keyvaultName: 'vault',
          objects: `array:\n${secret('database-password')}${secret('moodle-admin-password')}`,
        },
      },
    }),
    spec('PersistentVolumeClaim', 'moodle-data', 'v1', {
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: 'azurefile-csi-premium',
        resources: { requests: { storage: '100Gi' } },
      },
    }),
  ];
}

/** All of it. */
export class World {
  readonly site: Site;
  readonly cluster: TestCluster;
  readonly #images: Map<string, Code>;
  readonly #tls: { ca: string; cert: string; key: string };
  #api: ApiServer;

  private constructor(
    site: Site,
    cluster: TestCluster,
    images: Map<string, Code>,
    tls: { ca: string; cert: string; key: string },
    api: ApiServer,
  ) {
    this.site = site;
    this.cluster = cluster;
    this.#images = images;
    this.#tls = tls;
    this.#api = api;
  }

  static async open(): Promise<World> {
    const images = new Map<string, Code>();
    const secrets: Record<string, string> = {
      'database-password': NASTY_PASSWORD,
      'moodle-admin-password': ADMIN_PASSWORD,
    };
    const site = await startSite();
    const cluster = await startCluster({
      moodleTree: join(repository, 'rehearsal/moodle/tree'),
      outside: outsideWith({
        secret: async (_, name) => secrets[name] ?? '',
        image: async (reference) => {
          const code = images.get(reference);
          if (code === undefined) throw new Error(`${reference}: not found`);
          const { version: MOODLE_VERSION, plugins: PLUGINS = '' } = code;
          return {
            digest: reference.split('@')[1] ?? '',
            directory: join(repository, 'images/moodle'),
            arguments: { MOODLE_VERSION, PLUGINS },
          };
        },
      }),
    });
    const tls = await makeCertificates();
    const world = new World(site, cluster, images, tls, await World.#serve(cluster, tls));
    for (const manifest of services(site)) cluster.apply(manifest);
    cluster.store.create(
      {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'moodle-jobs' },
        value: 1,
      } as unknown as KubeObject,
      'test',
    );
    const access = { server: world.#api.url, certificateAuthority: tls.ca, name: 'world', namespace: 'moodle' };
    writeFileSync(join(cluster.directory, 'kubeconfig'), tokenKubeconfig(access, TOKEN));
    return world;
  }

  static #serve(cluster: TestCluster, tls: { cert: string; key: string }, port = 0): Promise<ApiServer> {
    const tokens = new Map([[TOKEN, { user: 'pipeline', groups: ['system:masters'] }]]);
    return startApiServer({ store: cluster.store, runtime: cluster.nodes, tls, tokens, port });
  }

  /** An image by digest. */
  image(code: Code): string {
    const reference = `registry.example.org/moodle@sha256:${createHash('sha256').update(JSON.stringify(code)).digest('hex')}`;
    this.#images.set(reference, code);
    return reference;
  }

  /** Runs the bundle. */
  run(code: Code, inputs: Record<string, string> = {}, more: Partial<ActionRun> = {}): Promise<ActionEnd> {
    return runAction({
      action: 'actions/install-db',
      inputs: {
        mode: 'apply',
        image: this.image(code),
        kubeconfig: join(this.cluster.directory, 'kubeconfig'),
        manifests: join(repository, 'manifests/database'),
        'admin-email': 'admin@example.org',
        ...inputs,
      },
      ...more,
    });
  }

  /** The API server is away for a while; pods go on. */
  async withoutApi(milliseconds: number): Promise<void> {
    const port = Number(new URL(this.#api.url).port);
    await this.#api.close();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    this.#api = await World.#serve(this.cluster, this.#tls, port);
  }

  /** The Jobs that do or did more than look. */
  jobs(): string[] {
    return this.cluster.store
      .list('Job', { namespace: 'moodle' })
      .map(({ metadata }) => metadata.name)
      .filter((name) => !name.startsWith('moodle-database-state'));
  }

  /** How many pods a Job has had. */
  pods(job: string): number {
    return this.cluster.store.list('Pod', { namespace: 'moodle', labels: { 'job-name': job } }).length;
  }

  /** A path on the shared data directory. */
  data(name: string): string {
    const volumes = join(this.cluster.directory, 'volumes');
    const [claim = ''] = existsSync(volumes) ? readdirSync(volumes) : [];
    return join(volumes, claim, name);
  }

  /** Lets the stand-in for Moodle stop at a point of its work. */
  async holdAt(point: string): Promise<void> {
    await until(() => existsSync(this.data('.')) && this.data('').includes('pvc'), 'the data directory');
    writeFileSync(this.data('rehearsal-hold'), point);
  }

  release(): void {
    rmSync(this.data('rehearsal-hold'), { force: true });
  }

  /** Kills the pod that changes the database, as the loss of its node would. */
  async killPod(): Promise<void> {
    const port = `MOODLE_DB_PORT=${(this.site.environment() as Record<string, string>).MOODLE_DB_PORT}`;
    const read = (pid: string, file: string): string => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    };
    const command = /^(\/bin\/bash|bash) \/usr\/local\/bin\/moodle-database (install|reinstall|upgrade) ?$/;
    const pids = readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && command.test(read(pid, 'cmdline')) && read(pid, 'environ').includes(port),
    );
    if (pids.length === 0) throw new Error('No pod works on the database.');
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  }

  /** No tables, no Jobs, an empty data directory. */
  async reset(): Promise<void> {
    this.release();
    for (const { metadata } of this.cluster.store.list('Job', { namespace: 'moodle' })) {
      this.cluster.store.delete({ kind: 'Job', namespace: 'moodle', name: metadata.name });
    }
    await until(() => this.cluster.store.list('Pod', { namespace: 'moodle' }).length === 0, 'pods to go');
    for (const name of ['climaintenance.html', 'moodle-database-upgrade']) rmSync(this.data(name), { force: true });
    await this.site.postgres.empty();
  }

  async close(): Promise<void> {
    await this.#api.close();
    await this.cluster.stop();
    await this.site.stop();
  }
}
