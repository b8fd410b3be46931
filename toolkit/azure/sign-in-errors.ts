/**
 * Microsoft Entra ID's refusals in the words of the person who can mend them. Pure.
 * Numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

import { errorMessage } from '../errors.ts';
import type { Failure } from '../process/transient.ts';

/** Who tried to sign in. */
export interface SignInAttempt {
  clientId: string;
  tenantId: string;
  /** Subject of the job's identity token, when it could be read: people copy it into the federated credential. */
  subject?: string | undefined;
}

const sentences: Record<string, (attempt: SignInAttempt) => string> = {
  70021: noFederatedCredential,
  700213: noFederatedCredential,
  7002137: noFederatedCredential,
  7002138: ({ subject }) =>
    `A federated credential differs from this job's subject '${subject ?? 'unknown'}' only in upper and lower case; make it exactly the same.`,
  700016: ({ clientId, tenantId }) =>
    `There is no application with client id ${clientId} in tenant ${tenantId}; check azure-client-id and azure-tenant-id.`,
  90002: ({ tenantId }) => `Tenant ${tenantId} was not found; check azure-tenant-id and azure-cloud.`,
  900023: ({ tenantId }) => `'${tenantId}' is not a tenant id; check azure-tenant-id.`,
  700024: () => "The job's identity token had expired when it was exchanged; check the runner's clock, then run again.",
  700211: ({ clientId }) =>
    `The federated credential of application ${clientId} names another issuer; for GitHub it is https://token.actions.githubusercontent.com.`,
  700212: ({ clientId }) =>
    `The federated credential of application ${clientId} names another audience; it must be api://AzureADTokenExchange.`,
  500011: () => 'The tenant does not know the service that a token was asked for; check azure-cloud.',
};

/**
 * The sentence for a failed sign-in, from the text of the identity library's error. The `AADSTS` number is kept for
 * whoever searches for it; trace ids and time stamps are dropped.
 */
export function signInSentence(message: string, attempt: SignInAttempt): string {
  const number = /AADSTS(\d+)/.exec(message)?.[1];
  const flat = message.replace(/\s+/g, ' ').trim();
  if (number === undefined) {
    if (/endpoints_resolution_error/.test(flat))
      return `The sign-in host cannot be reached, or its certificate is not trusted (NODE_EXTRA_CA_CERTS), or it is not Microsoft Entra ID's; check azure-authority-host. (${flat})`;
    if (/network_error/.test(flat))
      return `Sign-in to Azure failed: the connection to the sign-in host was lost. Run it again. (${flat})`;
    return `Sign-in to Azure failed: ${flat}`;
  }
  const sentence = sentences[number]?.(attempt);
  const description = /AADSTS\d+: (.*?)(?: Trace ID:| Correlation ID:| - Correlation|$)/.exec(flat)?.[1] ?? flat;
  return `${sentence ?? `Microsoft Entra ID refused the sign-in: ${description}`} (AADSTS${number})`;
}

/** What the table of transient faults looks at. */
export function signInFailure(error: unknown): Failure {
  const text = errorMessage(error);
  if (/network_error|endpoints_resolution_error/.test(text)) return { code: 'ECONNRESET' };
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? { status: statusCode } : {};
}

function noFederatedCredential({ clientId, subject }: SignInAttempt): string {
  return `Microsoft Entra ID has no federated credential for this job's subject '${subject ?? 'unknown'}'; add one with exactly that subject to application ${clientId}.`;
}
