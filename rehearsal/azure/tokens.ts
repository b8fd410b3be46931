/** Access tokens of the stand-in, and the reading of any JSON Web Token's parts. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** What an access token of this stand-in says. */
export interface AccessToken {
  audience: string;
  clientId: string;
  expires: number;
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

/** A part of a JSON Web Token; undefined when it is none. */
export function decodePart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
