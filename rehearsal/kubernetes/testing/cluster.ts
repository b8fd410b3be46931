/** A cluster for tests: store, API server and the real kubectl against it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../../tls.ts';
import type { Authorize, Identity } from '../http.ts';
import { tokenKubeconfig } from '../kubeconfig.ts';
import { type RequestRecord, startApiServer } from '../server.ts';
import { ClusterStore } from '../store.ts';
import { type LocalRuntime, localRuntime } from './local-runtime.ts';

/** What a kubectl run gave. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** A parsed body, as unchecked as `JSON.parse` gives it: tests look into it and fail where it is not what they expect. */
export type Body = ReturnType<typeof JSON.parse>;

/** What a plain request gave. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Body;
}

/** A running cluster. */
export interface TestCluster {
  store: ClusterStore;
  runtime: LocalRuntime;
  url: string;
  authority: string;
  requests: RequestRecord[];
  directory: string;
  /** Runs kubectl as the admin, with a discovery cache of this cluster's own. */
  kubectl(args: readonly string[], options?: { stdin?: string | Buffer; env?: Record<string, string> }): Promise<Run>;
  /** Sends JSON (or text as it is) with a token. */
  request(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string>; token?: string },
  ): Promise<Answer>;
  close(): Promise<void>;
}

const identities = new Map<string, Identity>([
  ['admin-token', { user: 'admin', groups: ['system:masters'] }],
  ['viewer-token', { user: 'viewer', groups: [] }],
]);

/** The viewer may read all but Secrets; the admin may do everything. */
const authorize: Authorize = ({ user }, verb, { resource }) =>
  user === 'admin' || (['get', 'list', 'watch'].includes(verb) && resource !== 'secrets');

/** Starts a cluster; `close` ends it and removes its files. */
export async function startCluster(): Promise<TestCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-api-'));
  const { ca, cert, key } = await makeCertificates();
  const store = new ClusterStore();
  const runtime = localRuntime();
  const requests: RequestRecord[] = [];
  const onRequest = (record: RequestRecord) => requests.push(record);
  const server = await startApiServer({ store, runtime, tls: { key, cert }, tokens: identities, authorize, onRequest });
  const access = { server: server.url, certificateAuthority: ca, name: 'rehearsal' };
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, tokenKubeconfig(access, 'admin-token'));

  return {
    store,
    runtime,
    url: server.url,
    authority: ca,
    requests,
    directory,
    kubectl: (args, { stdin, env } = {}) =>
      new Promise((resolve, reject) => {
        const shared = ['--kubeconfig', kubeconfig, '--cache-dir', join(directory, 'cache')];
        const child = spawn('kubectl', [...shared, ...args], { env: { ...process.env, ...env } });
        const output = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => {
          output.stdout += chunk;
        });
        child.stderr.on('data', (chunk) => {
          output.stderr += chunk;
        });
        child.stdin.on('error', () => undefined);
        child.stdin.end(stdin ?? '');
        child.on('error', reject);
        child.on('close', (code) => resolve({ code: code ?? -1, ...output }));
      }),
    request: (method, path, { body, headers, token = 'admin-token' } = {}) =>
      new Promise((resolve, reject) => {
        const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
        const outgoing = httpsRequest(
          `${server.url}${path}`,
          {
            method,
            ca,
            headers: {
              authorization: `Bearer ${token}`,
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(content),
              ...headers,
            },
          },
          (response) => {
            let text = '';
            response.on('data', (chunk) => {
              text += chunk;
            });
            response.on('end', () => {
              const parsed =
                String(response.headers['content-type']).startsWith('application/json') && !text.includes('}\n{');
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: parsed ? JSON.parse(text) : text,
              });
            });
          },
        );
        outgoing.on('error', reject);
        outgoing.end(content);
      }),
    close: async () => {
      await server.close();
      store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
