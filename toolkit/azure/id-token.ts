/**
 * The job's identity token, from GitHub's own service for jobs. The `getIDToken` of @actions/core does the same, but knows no
 * cancelled job, and never ends when the connection is cut in the middle of the answer.
 */
import { HttpClient } from '@actions/http-client';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import type { Failure } from '../process/transient.ts';
import { wholeBody } from '../process/whole-body.ts';

/** What asking needs from outside. */
export interface IdTokenOptions {
  /** Has ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN in a job that may ask. */
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const SOCKET_TIMEOUT_MILLISECONDS = 30_000;
const ATTEMPTS = 4;

/** An answer that is no token. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`GitHub gave the job no identity token: status ${status}.`);
    this.status = status;
  }
}

/**
 * Asks for a token for an audience; transient faults are retried.
 *
 * @throws UserError with the reason when there is none to be had
 */
export async function requestIdToken(audience: string, options: IdTokenOptions): Promise<string> {
  const { environment, clock, log, signal } = options;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: token = '' } = environment;
  const client = new HttpClient('moodle-high-scale', [], { socketTimeout: SOCKET_TIMEOUT_MILLISECONDS });
  const once = async (): Promise<string> => {
    const address = `${url}&audience=${encodeURIComponent(audience)}`;
    const answer = await client.get(address, { authorization: `Bearer ${token}` });
    const body = await wholeBody(answer.message);
    const { statusCode: status = 0 } = answer.message;
    if (status !== 200) throw new Refused(status);
    const { value } = JSON.parse(body) as { value?: string };
    if (value === undefined) throw new Refused(502);
    return value;
  };
  try {
    return await retry(once, { what: "the job's identity token", attempts: ATTEMPTS, failureOf, clock, log, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refused) throw new UserError(`${error.message} Run the job again.`);
    throw new UserError(
      `GitHub could not be asked for the job's identity token: ${error instanceof Error ? error.message : error}. Run the job again.`,
    );
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return { status: error.status };
  const { code, message } = error as NodeJS.ErrnoException;
  // The client's own time limit comes without a code.
  return { code: code ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : '') };
}
