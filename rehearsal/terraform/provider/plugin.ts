/**
 * A provider as terraform starts an installed one: `node plugin.ts azurerm`. It says on standard output where it listens
 * (the handshake of hashicorp/go-plugin), and ends when terraform says so.
 *
 * Azure and the account come from the environment, which terraform passes on: REHEARSAL_AZURE_URL, REHEARSAL_AZURE_KEY,
 * ARM_SUBSCRIPTION_ID, ARM_TENANT_ID, ARM_CLIENT_ID.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { generate } from 'selfsigned';
import { azurermProvider } from './azurerm.ts';
import { cloudClient } from './cloud-client.ts';
import type { Provider } from './provider.ts';
import { randomProvider } from './random.ts';
import { bind, makeServer } from './serve.ts';

/** What terraform sets, so that a person who starts a provider by hand learns what it is. */
const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set.`);
  return value;
}

const providers: Record<string, () => Provider> = {
  azurerm: () =>
    azurermProvider({
      subscriptionId: setting('ARM_SUBSCRIPTION_ID'),
      tenantId: setting('ARM_TENANT_ID'),
      clientId: setting('ARM_CLIENT_ID'),
      cloud: cloudClient(setting('REHEARSAL_AZURE_URL'), setting('REHEARSAL_AZURE_KEY')),
    }),
  random: randomProvider,
};

/** The service by which terraform ends a plugin. */
const controller = loadSync(join(import.meta.dirname, 'controller.proto'))[
  'plugin.GRPCController'
] as ServiceDefinition;

/** Both sides show a certificate made for this one connection, and accept no other. */
async function mutualTls(clientCertificate: string): Promise<{ credentials: ServerCredentials; leaf: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const credentials = ServerCredentials.createSsl(Buffer.from(clientCertificate), [pair], true);
  // The handshake has the certificate's DER in base64 without padding.
  const leaf = cert.replace(/-----[^-]+-----|\s/g, '').replace(/=+$/, '');
  return { credentials, leaf };
}

async function main(): Promise<void> {
  const provider = providers[process.argv[2] ?? ''];
  if (process.env.TF_PLUGIN_MAGIC_COOKIE !== COOKIE || provider === undefined)
    throw new Error(`This is a Terraform provider (${Object.keys(providers).join(' or ')}): terraform starts it.`);
  const server = makeServer(provider());
  const socket = join(tmpdir(), `terraform-provider-${randomUUID().slice(0, 13)}.sock`);
  server.addService(controller, {
    Shutdown(_call: unknown, answer: (error: null, response: object) => void) {
      answer(null, {});
      setImmediate(() => process.exit(0));
    },
  });
  process.on('exit', () => rmSync(socket, { force: true }));
  // Control-C reaches the whole group; terraform decides, and sends Stop and Shutdown.
  process.on('SIGINT', () => {});
  const client = process.env.PLUGIN_CLIENT_CERT;
  const { credentials, leaf } =
    client === undefined ? { credentials: ServerCredentials.createInsecure(), leaf: '' } : await mutualTls(client);
  await bind(server, `unix:${socket}`, credentials);
  process.stdout.write(`1|5|unix|${socket}|grpc|${leaf}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
