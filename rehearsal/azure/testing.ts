/** What tests need around the stand-in: an issuer of identity tokens, and a stand-in with everything applied. */
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { KubeObject } from '../kubernetes/ports.ts';
import type { Values } from '../terraform/provider/values.ts';
import { type Certificates, makeCertificates } from '../tls.ts';
import { type AzureOptions, type AzureStandIn, startAzure } from './azure.ts';
import { closeServer, listen } from './front-door.ts';

/** Identity tokens like GitHub's, and the request URL that a job is given. */
export interface TestIssuer {
  issuer: string;
  jwksUri: string;
  /** Signs a token; the claims given replace the usual ones. */
  token(claims?: Record<string, unknown>): string;
  /** ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN of a job with this subject. */
  environment(subject?: string): Record<string, string>;
  /** How many tokens jobs asked for. */
  asked(): number;
  stop(): Promise<void>;
}

export const testSubject = 'repo:example/moodle:environment:production';
const requestToken = 'runner-request-token';

/** Starts an issuer over plain HTTP: GitHub's own is HTTPS, but neither client nor stand-in looks at that. */
export async function startTestIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'test-key', alg: 'RS256', use: 'sig' };
  let asked = 0;
  let base = '';
  const token = (claims: Record<string, unknown> = {}): string => {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: base, aud: 'api://AzureADTokenExchange', sub: testSubject, iat: now, exp: now + 300 };
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'test-key' })}.${encode({ ...usual, jti: randomUUID(), ...claims })}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', base);
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    if (url.pathname === '/jwks') answer(200, { keys: [jwk] });
    else if (request.headers.authorization !== `Bearer ${requestToken}`) answer(401, { message: 'Unauthorized' });
    else {
      asked += 1;
      answer(200, { value: token({ aud: url.searchParams.get('audience'), sub: url.searchParams.get('subject') }) });
    }
  });
  await listen(server, 0, '127.0.0.1');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: base,
    jwksUri: `${base}/jwks`,
    token,
    environment: (subject = testSubject) => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${base}/token?subject=${encodeURIComponent(subject)}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    }),
    asked: () => asked,
    stop: () => closeServer(server),
  };
}

export const testIds = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  clientId: '22222222-2222-4222-8222-222222222222',
  readerId: '33333333-3333-4333-8333-333333333333',
  subscriptionId: '44444444-4444-4444-8444-444444444444',
} as const;

/** Outputs of the infrastructure root as a test wants them. */
export const testOutputs = {
  resource_group_name: 'moodle-production',
  node_resource_group_name: 'moodle-production-nodes',
  location: 'westeurope',
  cluster_name: 'moodle-production',
  registry_name: 'moodleproduction',
  registry_login_server: 'moodleproduction.azurecr.io',
  key_vault_name: 'moodle-production-kv',
  database_host: 'moodle-production.postgres.database.azure.com',
  database_name: 'moodle',
  database_user: 'moodle',
  files_storage_account_name: 'moodlefiles',
  object_storage_account_name: 'moodleobjects',
  front_door_profile_name: 'moodle-production',
  front_door_endpoint_host: 'moodle-production.z01.azurefd.net',
} as const;

export const testRequestMessage = 'moodle-high-scale/production/3f9c2a';

export const testFrontendOutputs = {
  host_name: 'moodle-production.z01.azurefd.net',
  private_link_request_message: testRequestMessage,
  origin_id: `/subscriptions/${testIds.subscriptionId}/resourceGroups/moodle-production/providers/Microsoft.Cdn/profiles/moodle-production/originGroups/moodle/origins/moodle`,
} as const;

const platformGroup = `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.resource_group_name}`;

/** What the infrastructure root makes, as far as Azure's interfaces show it. */
export async function applyPlatform({ terraform }: AzureStandIn): Promise<void> {
  const { location } = testOutputs;
  const group = platformGroup;
  const make = (type: string, id: string, values: Values, secrets: Values = {}) =>
    terraform.write(type, id, { location, name: id.split('/').at(-1) ?? '', ...values }, secrets);
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/${testOutputs.key_vault_name}`;
  const server = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/moodle-production`;
  const profile = `${group}/providers/Microsoft.Cdn/profiles/${testOutputs.front_door_profile_name}`;
  await make('azurerm_resource_group', group, {});
  await make(
    'azurerm_kubernetes_cluster',
    `${group}/providers/Microsoft.ContainerService/managedClusters/moodle-production`,
    {
      node_resource_group: testOutputs.node_resource_group_name,
      node_resource_group_id: `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.node_resource_group_name}`,
      fqdn: 'moodle-production.hcp.westeurope.azmk8s.io',
      kubernetes_version: '1.34',
      local_account_disabled: true,
      oidc_issuer_url: 'https://westeurope.oic.prod-aks.azure.com/',
    },
  );
  const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/${testOutputs.registry_name}`;
  await make('azurerm_container_registry', registry, { login_server: testOutputs.registry_login_server });
  await make('azurerm_key_vault', vault, {});
  for (const name of ['database-password', 'pooler-password-a', 'pooler-password-b', 'moodle-admin-password']) {
    const id = `https://${testOutputs.key_vault_name}.vault.azure.net/secrets/${name}`;
    await make('azurerm_key_vault_secret', id, { key_vault_id: vault }, { value_wo: `value of ${name}` });
  }
  const password = { administrator_password_wo: 'value of database-password' };
  const login = { fqdn: testOutputs.database_host, version: '16', administrator_login: testOutputs.database_user };
  await make('azurerm_postgresql_flexible_server', server, login, password);
  const database = `${server}/databases/${testOutputs.database_name}`;
  await make('azurerm_postgresql_flexible_server_database', database, { server_id: server });
  for (const name of [testOutputs.files_storage_account_name, testOutputs.object_storage_account_name])
    await make('azurerm_storage_account', `${group}/providers/Microsoft.Storage/storageAccounts/${name}`, {});
  await make('azurerm_cdn_frontdoor_profile', profile, {});
  const host = { host_name: testOutputs.front_door_endpoint_host };
  await make('azurerm_cdn_frontdoor_endpoint', `${profile}/afdEndpoints/moodle-production`, host);
}

/** What the frontend root makes: the origin, which asks the Private Link Service for admission, and the way to it. */
export async function applyFrontend({ terraform }: AzureStandIn): Promise<void> {
  const nodes = `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.node_resource_group_name}`;
  const link = {
    location: testOutputs.location,
    private_link_target_id: `${nodes}/providers/Microsoft.Network/privateLinkServices/moodle-svc-pls`,
    request_message: testRequestMessage,
  };
  const origin = { host_name: 'moodle-svc-pls.moodle.internal', origin_host_header: null, private_link: [link] };
  const originGroup = testFrontendOutputs.origin_id.replace(/\/origins\/.*$/, '');
  const profile = originGroup.replace(/\/originGroups\/.*$/, '');
  const rules = `${profile}/ruleSets/site`;
  const make = (type: string, id: string, values: Values) =>
    terraform.write(`azurerm_cdn_frontdoor_${type}`, id, values, {});
  const isBlocked = { match_variable: 'RequestUri', operator: 'Contains', match_values: ['/install.php'] };
  const custom = { type: 'MatchRule', action: 'Block', match_condition: [{ ...isBlocked, transforms: ['Lowercase'] }] };
  await make('origin_group', originGroup, { health_probe: [{ path: '/healthz', protocol: 'Http' }] });
  await make('origin', testFrontendOutputs.origin_id, origin);
  await make('rule', `${rules}/rules/headers`, {
    cdn_frontdoor_rule_set_id: rules,
    order: 0,
    behaviour_on_match: 'Continue',
    actions: [
      {
        modify_response_header: [
          { header_name: 'Strict-Transport-Security', operator: 'Overwrite', header_value: 'max-age=31536000' },
          { header_name: 'X-Content-Type-Options', operator: 'Overwrite', header_value: 'nosniff' },
          { header_name: 'Referrer-Policy', operator: 'Overwrite', header_value: 'strict-origin-when-cross-origin' },
        ],
      },
    ],
  });
  await make('rule', `${rules}/rules/static`, {
    cdn_frontdoor_rule_set_id: rules,
    order: 1,
    behaviour_on_match: 'Stop',
    conditions: [{ request_path: [{ operator: 'BeginsWith', values: ['theme/styles.php', 'lib/javascript.php'] }] }],
    actions: [{ route_configuration_override: [{ caching: [{ behaviour: 'HonorOrigin' }] }] }],
  });
  await make(
    'firewall_policy',
    `${platformGroup}/providers/Microsoft.Network/frontDoorWebApplicationFirewallPolicies/w`,
    {
      mode: 'Prevention',
      custom_rule: [custom],
    },
  );
  await make('security_policy', `${profile}/securityPolicies/site`, {});
  await make('route', `${profile}/afdEndpoints/moodle-production/routes/site`, {
    https_redirect_enabled: true,
    cdn_frontdoor_rule_set_ids: [rules],
  });
}

/** The Service whose load balancer Front Door reaches. */
export function testService(annotations: Record<string, string> = {}, port = 80): KubeObject {
  const prefixed = Object.entries({
    'load-balancer-internal': 'true',
    'pls-create': 'true',
    'pls-name': 'moodle-svc-pls',
    'pls-visibility': '*',
    ...annotations,
  }).map(([name, value]) => [`service.beta.kubernetes.io/azure-${name}`, value]);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'moodle-svc',
      namespace: 'moodle',
      uid: randomUUID(),
      resourceVersion: '1',
      creationTimestamp: new Date().toISOString(),
      annotations: Object.fromEntries(prefixed),
    },
    spec: { type: 'LoadBalancer', ports: [{ port }] },
  };
}

/** A stand-in in a temporary folder, with the file that NODE_EXTRA_CA_CERTS names. */
export interface TestAzure {
  azure: AzureStandIn;
  issuer: TestIssuer;
  tls: Certificates;
  caFile: string;
  directory: string;
  /** Starts the stand-in anew over the same state, as after a kill. */
  restart(): Promise<AzureStandIn>;
  stop(): Promise<void>;
}

/** Starts issuer and stand-in with short delays, and makes this process trust their certificate. */
export async function startTestAzure(options: Partial<AzureOptions> = {}): Promise<TestAzure> {
  const directory = mkdtempSync(join(tmpdir(), 'azure-test-'));
  const tls = await makeCertificates();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, tls.ca);
  const issuer = await startTestIssuer();
  const start = () =>
    startAzure({
      tls,
      directory: join(directory, 'state'),
      subscriptionId: testIds.subscriptionId,
      tenantId: testIds.tenantId,
      clients: [
        { clientId: testIds.clientId, subjects: [testSubject] },
        { clientId: testIds.readerId, subjects: [testSubject], role: 'Reader' },
      ],
      issuer,
      kubeconfig: () => 'apiVersion: v1\nkind: Config\n',
      privateEndpointDelayMs: 0,
      approvalDelayMs: 0,
      updateMs: 50,
      buildStepMs: 40,
      ...options,
    });
  let azure = await start();
  return {
    get azure() {
      return azure;
    },
    issuer,
    tls,
    caFile,
    directory,
    restart: async () => {
      await azure.stop();
      azure = await start();
      return azure;
    },
    stop: async () => {
      await Promise.all([azure.stop(), issuer.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
