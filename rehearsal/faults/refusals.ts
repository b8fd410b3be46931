/** How each service words the refusals that are faults here. */
import type { RequestFaultKind, Service } from './fault.ts';

/** A refusal, ready to be sent. */
export interface RefusalText {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const STATUS = { throttled: 429, 'server-error': 500, unavailable: 503, 'expired-token': 401 } as const;

/** The kinds that are an answer with a status. */
export type RefusalKind = keyof typeof STATUS;

/** Whether a fault is an answer with a status. */
export function isRefusal(kind: RequestFaultKind): kind is RefusalKind {
  return kind in STATUS;
}

/** What the status is called by HTTP, and by Azure as its error code. */
const NAMES: Record<RefusalKind, { reason: string; code: string; message: string }> = {
  throttled: {
    reason: 'Too Many Requests',
    code: 'TooManyRequests',
    message: 'The request is being throttled. Try again later.',
  },
  'server-error': {
    reason: 'Internal Server Error',
    code: 'InternalServerError',
    message: 'The server encountered an internal error.',
  },
  unavailable: {
    reason: 'Service Unavailable',
    code: 'ServiceUnavailable',
    message: 'The service is temporarily unavailable.',
  },
  'expired-token': {
    reason: 'Unauthorized',
    code: 'ExpiredAuthenticationToken',
    message: 'The access token expiry UTC time has passed.',
  },
};

/** The refusal as the service sends it. A throttled one says to come back after a second. */
export function refusalText(service: Service, kind: RefusalKind): RefusalText {
  const status = STATUS[kind];
  const { reason, code, message } = NAMES[kind];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (kind === 'throttled') headers['retry-after'] = '1';
  if (kind === 'expired-token') headers['www-authenticate'] = 'Bearer error="invalid_token"';
  return { status, headers, body: JSON.stringify(bodyOf(service, { status, reason, code, message })) };
}

function bodyOf(service: Service, fault: { status: number; reason: string; code: string; message: string }): unknown {
  const { status, reason, code, message } = fault;
  if (service === 'kubernetes')
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: status === 401 ? 'Unauthorized' : message,
      reason: reason.replaceAll(' ', ''),
      code: status,
    };
  return service === 'github' ? { message, status: String(status) } : { error: { code, message } };
}

/** The same as the Terraform provider's error. */
export function refusalSentence(kind: RefusalKind): string {
  const { reason, code, message } = NAMES[kind];
  const status = STATUS[kind];
  return `unexpected status ${status} (${status} ${reason}) with error: ${code}: ${message}`;
}
