/**
 * Signing in to Azure without a stored secret: on GitHub the job's identity token is exchanged for an access token; outside
 * GitHub, on a person's machine, DefaultAzureCredential takes whoever is signed in.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import type { Secrets } from '../secrets.ts';
import type { Cloud } from './cloud.ts';
import { sdk } from './load-sdk.ts';
import { signInFailure, signInSentence } from './sign-in-errors.ts';

/** What a credential needs from outside. */
export interface CredentialOptions {
  cloud: Cloud;
  tenantId: string | undefined;
  clientId: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  /** Asks GitHub for the job's identity token. */
  requestIdToken: (audience: string) => Promise<string>;
  secrets: Secrets;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

/** The audience of an identity token that Microsoft Entra ID exchanges. */
const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange';
/** An assertion is used until so long before it expires, so that it does not expire on its way. */
const ASSERTION_MARGIN_MILLISECONDS = 60_000;
/** Tries in all: a host that is wrong is to be told of soon. */
const SIGN_IN_ATTEMPTS = 3;

/**
 * Makes the credential. Nothing is asked for before the first token is needed. Every token is masked.
 *
 * @throws UserError, on GitHub, when the identity is not given or the job may not have an identity token
 */
export function createCredential(options: CredentialOptions): TokenCredential {
  const { cloud, tenantId, clientId, environment } = options;
  if (environment.GITHUB_ACTIONS !== 'true')
    return guarded(
      async () => (await sdk()).personCredential(cloud),
      options,
      () => undefined,
    );
  if (tenantId === undefined || clientId === undefined)
    throw new UserError(
      'Inputs "azure-tenant-id" and "azure-client-id" are needed to sign in to Azure; give the ids of the identity that trusts this job: the variables AZURE_TENANT_ID and AZURE_CLIENT_ID of its GitHub environment.',
    );
  if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL)
    throw new UserError(
      'This job may not ask GitHub for an identity token; give the job `permissions: id-token: write` (and, in a reusable workflow, its caller too).',
    );
  const assertion = memoizedAssertion(options);
  const identity = { tenantId, clientId, assertion: assertion.get };
  return guarded(async () => (await sdk()).jobCredential(cloud, identity), options, assertion.subject);
}

/**
 * The job's identity token, asked for once and used until it nears its end. The identity library calls back twice for
 * every token it gives, cached ones too, and each call would be a round trip to GitHub.
 */
function memoizedAssertion({ requestIdToken, secrets, clock }: CredentialOptions) {
  let current: { token: string; claims: Claims } | undefined;
  let pending: Promise<string> | undefined;
  const fetchToken = async (): Promise<string> => {
    try {
      const token = await requestIdToken(EXCHANGE_AUDIENCE);
      secrets.add(token);
      current = { token, claims: readClaims(token) };
      return token;
    } finally {
      pending = undefined;
    }
  };
  return {
    get: (): Promise<string> => {
      const lasts = (current?.claims.exp ?? 0) * 1000 - ASSERTION_MARGIN_MILLISECONDS > clock.now();
      if (current !== undefined && lasts) return Promise.resolve(current.token);
      pending ??= fetchToken();
      return pending;
    },
    subject: (): string | undefined => current?.claims.sub,
  };
}

interface Claims {
  sub?: string;
  exp?: number;
}

/** The claims of a JWT, unverified: Microsoft Entra ID verifies it. */
function readClaims(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
  } catch {
    return {};
  }
}

/** Adds what the library's credentials lack: masking, sentences, and an end when the job is cancelled. */
function guarded(
  create: () => Promise<TokenCredential>,
  options: CredentialOptions,
  subject: () => string | undefined,
): TokenCredential {
  const { secrets, signal, log, clock, clientId = '', tenantId = '' } = options;
  let created: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes: string | string[], tokenOptions?: GetTokenOptions): Promise<AccessToken | null> {
      signal.throwIfAborted();
      try {
        created ??= create();
        const inner = await created;
        const token = await retry(() => untilAborted(inner.getToken(scopes, tokenOptions), signal), {
          what: 'sign in to Azure',
          attempts: SIGN_IN_ATTEMPTS,
          failureOf: signInFailure,
          clock,
          log,
          signal,
        });
        if (token !== null) secrets.add(token.token);
        return token;
      } catch (error) {
        signal.throwIfAborted();
        const message = error instanceof Error ? error.message : String(error);
        throw new UserError(signInSentence(message, { clientId, tenantId, subject: subject() }));
      }
    },
  };
}

/** The library's token calls do not look at an abort signal; this stops waiting for them. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
