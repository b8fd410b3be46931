import { failure, type Reply } from './http.ts';

/** What goes wrong instead of the answer. */
export type FaultKind = 'secondary-limit' | 'server-error' | 'lost-answer' | 'refused-body';

/** The next requests that match are answered by a fault. */
export interface Fault {
  /** Part of `METHOD /path`. */
  readonly match: string;
  readonly kind: FaultKind;
  /** How many requests it hits; 1 when absent. */
  readonly times?: number;
  /** Of a secondary limit: GitHub says when to come back, but not always. */
  readonly retryAfterSeconds?: number;
}

/** Faults on demand. */
export class Faults {
  readonly #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  /** The fault of this request, counted as used. */
  take(request: string): Fault | undefined {
    const found = this.#waiting.find(({ fault, left }) => left > 0 && request.includes(fault.match));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }
}

/**
 * The answer of a fault; undefined for a lost one, which was done all the same. A secondary rate limit is a 403 whose
 * message tells it from a missing permission
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit).
 */
export function faultReply({ kind, retryAfterSeconds }: Fault): Reply | undefined {
  switch (kind) {
    case 'lost-answer':
      return undefined;
    case 'server-error':
      return { status: 502, body: { message: 'Server Error' } };
    case 'refused-body':
      return failure(422, 'Validation Failed', [
        { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is not acceptable' },
      ]);
    case 'secondary-limit': {
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      return { ...failure(403, message), headers };
    }
  }
}
