/**
 * Microsoft Entra ID, as far as workload identity federation needs it: the discovery document and the token endpoint of
 * the client credentials grant with a signed assertion (RFC 7523), with Entra's own error numbers.
 *
 * The assertion is truly checked: signature against the issuer's published keys, audience, time, issuer and subject.
 */
import { createHmac, createPublicKey, type JsonWebKey, randomUUID, timingSafeEqual, verify } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
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

/** What an access token of this stand-in says. */
export interface AccessToken {
  audience: string;
  clientId: string;
  expires: number;
}

/** The audience that federated credentials expect of an assertion. */
const exchangeAudience = 'api://AzureADTokenExchange';
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
  const expires = Math.floor(Date.now() / 1000) + options.tokenSeconds;
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    json: {
      token_type: 'Bearer',
      expires_in: options.tokenSeconds,
      ext_expires_in: options.tokenSeconds,
      access_token: signToken({ audience, clientId, expires }, options.tokenKey),
    },
  };
}

async function checkAssertion(
  assertion: string,
  client: Client,
  options: SignInOptions,
  keys: KeySource,
): Promise<Answer | undefined> {
  const [header, payload, signature] = assertion.split('.');
  const head = decodePart(header);
  const claims = decodePart(payload);
  if (head === undefined || claims === undefined || signature === undefined || head.alg !== 'RS256')
    return entraError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  if (claims.iss !== options.issuer.issuer)
    return entraError(
      401,
      'invalid_client',
      700211,
      `No matching federated identity record found for presented assertion issuer '${claims.iss}'.`,
    );
  if (claims.aud !== exchangeAudience)
    return entraError(
      401,
      'invalid_client',
      700212,
      `No matching federated identity record found for presented assertion audience '${claims.aud}'.`,
    );
  if (typeof claims.exp !== 'number' || claims.exp * 1000 <= Date.now())
    return entraError(
      401,
      'invalid_client',
      700024,
      `Client assertion is not within its valid time range. Current time: ${new Date().toISOString()}, expiry time of assertion ${claims.exp}.`,
    );
  const subject = String(claims.sub);
  if (!client.subjects.includes(subject)) {
    const sameButCase = client.subjects.some((known) => known.toLowerCase() === subject.toLowerCase());
    return sameButCase
      ? entraError(
          401,
          'invalid_client',
          7002138,
          `No matching federated identity record found for presented assertion subject '${subject}'. The subject differs in case from a configured federated identity credential.`,
        )
      : entraError(
          401,
          'invalid_client',
          700213,
          `No matching federated identity record found for presented assertion subject '${subject}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
        );
  }
  const key = await keys(String(head.kid));
  const signed = Buffer.from(`${header}.${payload}`);
  if (
    key === undefined ||
    !verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url'))
  )
    return entraError(
      401,
      'invalid_client',
      700027,
      'The certificate with identifier used to sign the client assertion is not registered, or the signature is invalid.',
    );
  return undefined;
}

/** Entra's error body; the description carries the number, a trace id and a time, as clients print them. */
export function entraError(status: number, error: string, number: number, sentence: string): Answer {
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    status,
    json: {
      error,
      error_description: `AADSTS${number}: ${sentence} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    },
  };
}

/** An access token: opaque to clients, readable here. Its HMAC keeps a made-up one from being accepted. */
export function signToken(token: AccessToken, key: string): string {
  const head = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'HS256' })).toString('base64url');
  const body = Buffer.from(
    JSON.stringify({ aud: token.audience, appid: token.clientId, exp: token.expires, jti: randomUUID() }),
  ).toString('base64url');
  return `${head}.${body}.${hmac(`${head}.${body}`, key)}`;
}

/** Reads an access token that this stand-in signed; undefined for any other text. Expiry is the caller's to judge. */
export function readToken(text: string, key: string): AccessToken | undefined {
  const [head, body, signature] = text.split('.');
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  const wanted = Buffer.from(hmac(`${head}.${body}`, key));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined;
  const claims = decodePart(body);
  if (claims === undefined) return undefined;
  return { audience: String(claims.aud), clientId: String(claims.appid), expires: Number(claims.exp) };
}

function hmac(text: string, key: string): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('base64url');
}

function decodePart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

type KeySource = (kid: string) => Promise<JsonWebKey | undefined>;

/** Keys of the issuer by id, fetched again when an id is new (an issuer rotates its keys). */
function keySource({ issuer, ca }: SignInOptions): KeySource {
  let known: (JsonWebKey & { kid?: string })[] = [];
  return async (kid) => {
    const find = () => known.find((key) => key.kid === kid);
    if (find() === undefined) known = await fetchKeys(new URL(issuer.jwksUri), ca);
    return find();
  };
}

function fetchKeys(url: URL, ca: string): Promise<(JsonWebKey & { kid?: string })[]> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        try {
          const { keys } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { keys: JsonWebKey[] };
          resolve(keys);
        } catch (error) {
          reject(error);
        }
      });
    })
      .on('error', reject)
      .end();
  });
}
