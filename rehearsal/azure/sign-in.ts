/**
 * Microsoft Entra ID, as far as workload identity federation needs it: the discovery document and the token endpoint of
 * the client credentials grant with a signed assertion (RFC 7523), with Entra's own error numbers.
 */
import { checkAssertion, type KeySource, keySource } from './assertion.ts';
import { entraError } from './entra-error.ts';
import { signToken } from './tokens.ts';
import type { Answer, Call, Route } from './wire.ts';

/** An app registration with the subjects it trusts, and what it may do. */
export interface Client {
  clientId: string;
  /** Exact subjects of its federated credentials, such as `repo:owner/name:environment:production`. */
  subjects: string[];
  /** A Reader may read and list cluster user credentials (role Azure Kubernetes Service Cluster User), no more. */
  role?: 'Contributor' | 'Reader';
}

/** Who signs the assertions: the `iss` of the tokens and where its keys are. */
export interface Issuer {
  issuer: string;
  jwksUri: string;
}

export interface SignInOptions {
  /** Base address of this server, without a trailing slash. */
  base: () => string;
  tenantId: string;
  clients: Client[];
  issuer: Issuer;
  ca: string;
  tokenKey: string;
  tokenSeconds: number;
}

/** Resources with a service principal in every tenant: Resource Manager, Key Vault, AKS server. */
const resources = [
  'https://management.azure.com',
  'https://vault.azure.net',
  '6dae42f8-4368-4678-94ff-3960e28e3630',
] as const;

/** Routes of the sign-in service. */
export function signInRoutes(options: SignInOptions): Route[] {
  const keys = keySource(options);
  return [
    {
      method: 'GET',
      path: '/:tenant/v2.0/.well-known/openid-configuration',
      handle: ({ parameters }) => {
        const base = `${options.base()}/${parameters.tenant}`;
        return {
          status: 200,
          json: {
            issuer: `${base}/v2.0`,
            authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
            token_endpoint: `${base}/oauth2/v2.0/token`,
            jwks_uri: `${base}/discovery/v2.0/keys`,
          },
        };
      },
    },
    { method: 'POST', path: '/:tenant/oauth2/v2.0/token', handle: (call) => exchange(call, options, keys) },
  ];
}

async function exchange(call: Call, options: SignInOptions, keys: KeySource): Promise<Answer> {
  const tenant = call.parameters.tenant ?? '';
  if (tenant.toLowerCase() !== options.tenantId.toLowerCase())
    return entraError(
      400,
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    );
  const form = new URLSearchParams(call.body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials')
    return entraError(400, 'unsupported_grant_type', 70003, `The app requested an unsupported grant type.`);
  const clientId = form.get('client_id') ?? '';
  const client = options.clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined)
    return entraError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    );
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    return entraError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  const refused = await checkAssertion(form.get('client_assertion') ?? '', client, options, keys);
  if (refused !== undefined) return refused;
  const scope = form.get('scope') ?? '';
  const audience = scope
    .split(' ')
    .find((item) => item.endsWith('/.default'))
    ?.slice(0, -'/.default'.length);
  if (audience === undefined)
    return entraError(400, 'invalid_scope', 1002012, `The provided value for scope ${scope} is not valid.`);
  if (!resources.some((resource) => resource === audience))
    return entraError(
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${audience} was not found in the tenant named ${tenant}.`,
    );
  const now = Date.now() / 1000;
  const expires = Math.floor(now) + options.tokenSeconds;
  // What is left of it in whole seconds, as Entra counts: never more than the token itself holds.
  const expiresIn = Math.floor(expires - now);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    json: {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: signToken({ audience, clientId, expires }, options.tokenKey),
    },
  };
}
