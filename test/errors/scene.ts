/**
 * What a case may set up: a workspace and stand-ins for what is outside. A scene knows what was written to any of them,
 * and which of its texts (addresses, folders) must not be in a document.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { openSite, type Plant } from '../../.github/actions/smoke/test/site.ts';
import { FakeCluster, IMAGE } from '../../actions/install-db/test/bundle.ts';
import { Stage, type StageOptions } from '../../actions/redis-bootstrap/test/stage.ts';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
  testRequestMessage,
  testService,
} from '../../rehearsal/azure/testing.ts';
import { tokenKubeconfig } from '../../rehearsal/kubernetes/kubeconfig.ts';
import { startCluster } from '../../rehearsal/kubernetes/testing/cluster.ts';

/** The kubectl that the stand-in for it renders manifests with. */
const realKubectl = execFileSync('which', ['kubectl'], { encoding: 'utf8' }).trim();

/** What an action is given. */
export interface Given {
  inputs: Record<string, string>;
  environment?: Record<string, string>;
}

export class Scene {
  /** The job's workspace, and the working directory of the action. */
  readonly workspace = mkdtempSync(join(tmpdir(), 'error-case-'));
  readonly #closers: (() => unknown)[] = [];
  readonly #writes: (() => string[])[] = [];
  #othersState = false;
  readonly #names: [text: string, name: string][] = [[this.workspace, '/workspace']];

  /** Writes a file of the workspace and answers its path. */
  write(path: string, text: string): string {
    const file = join(this.workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Writes a program of the workspace and answers its path. */
  program(path: string, text: string): string {
    const file = this.write(path, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** Something to end when the case is over. */
  atEnd(close: () => unknown): void {
    this.#closers.unshift(close);
  }

  /** Azure with the platform applied, and a stranger's connection pending on its Private Link Service. */
  async azure(options: { requested?: boolean } = {}): Promise<Given & { standIn: TestAzure }> {
    const standIn = await startTestAzure();
    this.atEnd(() => standIn.stop());
    await applyPlatform(standIn.azure);
    standIn.azure.privateLinkServiceFor(testService(), '127.0.0.1');
    if (options.requested ?? true) await applyFrontend(standIn.azure);
    this.#names.push([new URL(standIn.azure.url).host, 'management.example']);
    this.#writes.push(() => {
      const done = standIn.azure.log().filter(({ status }) => typeof status === 'number' && status < 400);
      return done
        .filter(({ method }) => method === 'PUT' || method === 'PATCH' || method === 'DELETE')
        .map(({ method, path }) => `${method} ${path}`);
    });
    return {
      standIn,
      inputs: {
        mode: 'apply',
        'azure-tenant-id': testIds.tenantId,
        'azure-client-id': testIds.clientId,
        'azure-subscription-id': testIds.subscriptionId,
        'azure-authority-host': standIn.azure.url,
        'azure-resource-manager-endpoint': standIn.azure.url,
        'node-resource-group': testOutputs.node_resource_group_name,
        'request-message': testRequestMessage,
        'poll-interval': '1s',
        timeout: '1s',
      },
      environment: { NODE_EXTRA_CA_CERTS: standIn.caFile, ...standIn.issuer.environment() },
    };
  }

  /** A Kubernetes API in which this identity may read all but Secrets. */
  async viewer(): Promise<string> {
    const cluster = await startCluster();
    this.atEnd(() => cluster.close());
    this.#names.push([new URL(cluster.url).host, 'kubernetes.example']);
    this.#writes.push(() =>
      cluster.requests
        .filter(({ method, status, url }) => method !== 'GET' && status < 400 && !/dryRun=|reviews$/.test(url))
        .map(({ method, url }) => `${method} ${url}`),
    );
    const access = { server: cluster.url, certificateAuthority: cluster.authority, name: 'cluster' };
    return this.write('kubeconfig', tokenKubeconfig(access, 'viewer-token'));
  }

  /** A kubeconfig of a port on which nobody listens. */
  closedKubeconfig(): string {
    const access = { server: 'https://127.0.0.1:1', certificateAuthority: '', name: 'cluster' };
    return this.write('kubeconfig', tokenKubeconfig(access, 'viewer-token'));
  }

  /** Redis servers as pods of a StatefulSet. */
  async redis(options: StageOptions = {}): Promise<Given & { stage: Stage }> {
    const stage = await Stage.open(options);
    this.atEnd(() => stage.close());
    const { directory } = stage.servers;
    this.#writes.push(() => stage.calls.filter((call) => /^(apply|create|delete|patch)/.test(call)));
    return {
      stage,
      inputs: { mode: 'apply', 'stateful-set': 'redis-sessions', kubeconfig: join(directory, 'kubeconfig') },
      environment: {
        PATH: [join(directory, 'bin'), process.env.PATH].join(delimiter),
        FAKE_KUBECTL_STATE: stage.stateFile,
        REAL_KUBECTL: realKubectl,
      },
    };
  }

  /** A cluster whose database is in this state, as `moodle-database state` describes it. */
  database(state: object): Given {
    const cluster = new FakeCluster({ database: state });
    this.atEnd(() => cluster.remove());
    // The Job that only looks is allowed: it is how the database's state is known.
    this.#writes.push(() =>
      cluster
        .created()
        .filter(({ name }) => !name.startsWith('moodle-database-state'))
        .map(({ name }) => name),
    );
    const bin = join(cluster.folder, 'bin');
    return {
      inputs: {
        mode: 'apply',
        image: IMAGE,
        manifests: join(import.meta.dirname, '../../manifests/database'),
        'admin-email': 'admin@example.org',
        kubeconfig: join(cluster.folder, 'kubeconfig'),
      },
      environment: {
        PATH: [bin, process.env.PATH].join(delimiter),
        FAKE_CLUSTER: cluster.folder,
        REAL_KUBECTL: realKubectl,
      },
    };
  }

  /** GitHub's API with one answer to everything. */
  async github(status: number, body: unknown): Promise<Given> {
    const type = { 'content-type': 'application/json; charset=utf-8' };
    const server = createHttp((_, response) => response.writeHead(status, type).end(JSON.stringify(body)));
    const address = await this.#listen(server);
    return {
      inputs: { environment: 'production', mode: 'apply', 'github-token': 'ghs_notarealtoken' },
      environment: { GITHUB_API_URL: `http://${address}`, GITHUB_REPOSITORY: 'example/moodle' },
    };
  }

  /** A site behind Front Door, with this fault. */
  async site(plant: Plant): Promise<Given> {
    const { inputs, environment, close } = await openSite(plant);
    this.atEnd(close);
    return { inputs, environment };
  }

  async #listen(server: Server): Promise<string> {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#names.push([address, 'api.example']);
    return address;
  }

  /** Says that a Terraform state is another run's doing. */
  othersState(): void {
    this.#othersState = true;
  }

  /** A Terraform root `infra/` with a local state. */
  terraform(configuration: string): Given {
    this.write('infra/main.tf', `terraform {\n  backend "local" {}\n}\n${configuration}`);
    const state = join(this.workspace, 'state.tfstate');
    this.#writes.push(() => (existsSync(state) && !this.#othersState ? ['a Terraform state'] : []));
    return {
      inputs: { mode: 'apply', environment: 'production', 'backend-config': `path=${state}` },
      environment: { TF_CLI_CONFIG_FILE: '/dev/null' },
    };
  }

  /** Everything that was changed in the stand-ins. */
  writes(): string[] {
    return this.#writes.flatMap((look) => look());
  }

  /** A message as it stands in the document: without what differs from one run to the next. */
  neutral(message: string): string {
    const named = this.#names.reduce((text, [from, to]) => text.replaceAll(from, to), message);
    return (
      named
        .replace(/force-unlock [0-9a-f-]{36}/, 'force-unlock ID')
        .replace(/locked by \S+ (\(operation \w+, for ).+?\)/, 'locked by runner@host $112 min, since TIME)')
        .replace(/(The plan was made ).+? ago/, '$18 days ago')
        // The time allowed is a second; how long it took besides is the machine's.
        .replace(/^Waited \d+ s for/, 'Waited 1 s for')
        .replace(/did not pass within \d+ s/, 'did not pass within 1 s')
        .replace(
          /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
          'CONNECTION',
        )
    );
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    rmSync(this.workspace, { recursive: true, force: true });
  }
}
