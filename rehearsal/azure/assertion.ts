/**
 * The check of a client assertion: signature against the issuer's published keys, issuer, audience, time and subject, each
 * with its own error number.
 */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { entraError } from './entra-error.ts';
import type { Client, SignInOptions } from './sign-in.ts';
import { decodePart } from './tokens.ts';
import type { Answer } from './wire.ts';

/** The audience that federated credentials expect of an assertion. */
const exchangeAudience = 'api://AzureADTokenExchange';

/** The answer that refuses the assertion, or undefined when it is good. */
export async function checkAssertion(
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

/** Finds a key of the issuer by its id. */
export type KeySource = (kid: string) => Promise<JsonWebKey | undefined>;

/** Keys of the issuer by id, fetched again when an id is new (an issuer rotates its keys). */
export function keySource({ issuer, ca }: SignInOptions): KeySource {
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
