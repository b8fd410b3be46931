/** Azure's refusals: read from an answer, and worded for the person who can mend them. Pure. */
import type { Failure } from '../process/transient.ts';

/** A request that Azure refused or that did not reach it. */
export class AzureError extends Error {
  override readonly name = 'AzureError';
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** Azure's error code, or the code of the network error. */
  readonly code: string;
  /** How long the server asks to wait. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(message: string, status: number, code: string, retryAfterMilliseconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMilliseconds = retryAfterMilliseconds;
  }
}

/** An answer as far as it matters here. Header names are lower case. */
export interface FailedAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
}

/** The error of an answer with a status other than the expected ones. `request` is such as `PUT …/connections/a`. */
export function errorOfAnswer(request: string, answer: FailedAnswer, now: number): AzureError {
  const { code, message } = readBody(answer);
  const sentence = sentenceFor(request, answer.status, code, message);
  return new AzureError(sentence, answer.status, code, retryAfter(answer.headers, now));
}

/** The error of a request that got no answer. */
export function errorOfNetwork(request: string, host: string, error: unknown): AzureError {
  const code = String((error as { code?: unknown }).code ?? 'ETIMEDOUT');
  const message = error instanceof Error ? error.message : String(error);
  const certificate = /CERT|VERIFY|SELF_SIGNED/.test(code) || /certificate/.test(message);
  const advice = certificate
    ? 'its certificate is not trusted; where a private authority signs it, set NODE_EXTRA_CA_CERTS for the job'
    : `${message === '' ? code : message}`;
  return new AzureError(`${request}: ${host} could not be reached: ${advice}`, 0, code);
}

/** What the table of transient faults looks at. */
export function failureOf(error: unknown): Failure & { retryAfterMilliseconds?: number } {
  if (!(error instanceof AzureError)) return {};
  const { status, code, retryAfterMilliseconds } = error;
  return { status, code, ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }) };
}

function readBody({ status, body }: FailedAnswer): { code: string; message: string } {
  const error = (body as { error?: { code?: unknown; message?: unknown; innererror?: { code?: unknown } } } | undefined)
    ?.error;
  // Key Vault says in `innererror` which of its guards refused.
  const code = error?.innererror?.code ?? error?.code ?? `HTTP ${status}`;
  const message =
    typeof error?.message === 'string' ? error.message : typeof body === 'string' ? body.slice(0, 300) : '';
  return { code: String(code), message: message.replace(/\s+/g, ' ').trim() };
}

function sentenceFor(request: string, status: number, code: string, message: string): string {
  const action = /perform action '([^']+)'/.exec(message)?.[1];
  const scope = /over scope '([^']+)'/.exec(message)?.[1];
  if (status === 403 && action !== undefined)
    return `The identity may not do ${action}${scope === undefined ? '' : ` on ${scope}`}; give it a role that has this action (new role assignments take some minutes). (${code})`;
  if (code === 'InvalidAuthenticationTokenAudience')
    return `Resource Manager does not take this cloud's tokens; check azure-cloud and azure-resource-manager-endpoint. (${code})`;
  if (code === 'SubscriptionNotFound') return `${message} Check azure-subscription-id and azure-cloud. (${code})`;
  return `${request}: ${message === '' ? `status ${status}` : message} (${code})`;
}

/** Milliseconds that a server asks to wait: `retry-after-ms`, `x-ms-retry-after-ms`, or `Retry-After` in seconds or as a date. */
function retryAfter(headers: FailedAnswer['headers'], now: number): number | undefined {
  const milliseconds = headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms'];
  if (milliseconds !== undefined && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const given = headers['retry-after'];
  if (given === undefined) return undefined;
  if (/^\d+$/.test(given)) return Number(given) * 1000;
  const date = Date.parse(given);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
