/** Faults on demand: the next requests that match are answered as told instead of being served. */

import { entraError } from './entra-error.ts';
import type { Answer } from './wire.ts';

/** One fault. What is not given does not happen: a fault with only `delayMs` serves the request, late. */
export interface Fault {
  /** Part of `METHOD /path`; the first fault that fits wins. */
  match: string;
  /** How many requests it hits; 1 when absent. */
  times?: number;
  status?: number;
  /** ARM error code; for the sign-in service the AADSTS number. */
  code?: string;
  message?: string;
  headers?: Record<string, string>;
  /** The body, in place of an error made of `code` and `message`. */
  json?: unknown;
  /** Wait before answering. */
  delayMs?: number;
  /** Cut the connection without an answer. */
  drop?: boolean;
}

export interface Faults {
  add(faults: Fault[]): void;
  /** The fault for this request, counted as used. */
  take(request: string): Fault | undefined;
}

export function makeFaults(): Faults {
  const active: { fault: Fault; left: number }[] = [];
  return {
    add(faults) {
      for (const fault of faults) active.push({ fault, left: fault.times ?? 1 });
    },
    take(request) {
      const found = active.find(({ fault, left }) => left > 0 && request.includes(fault.match));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
  };
}

/** The answer that a fault with a status gives. */
export function faultAnswer(fault: Fault, path: string): Answer {
  const status = fault.status ?? 500;
  const message = fault.message ?? `Fault on demand: ${fault.code ?? status}.`;
  if (fault.json !== undefined) return { status, json: fault.json, headers: { ...fault.headers } };
  const answer = path.endsWith('/oauth2/v2.0/token')
    ? entraError(
        status,
        status === 401 ? 'invalid_client' : 'temporarily_unavailable',
        Number(fault.code ?? 0),
        message,
      )
    : { status, json: { error: { code: fault.code ?? String(status), message } } };
  return { ...answer, headers: { ...fault.headers } };
}
