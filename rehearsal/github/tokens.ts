import { randomBytes } from 'node:crypto';
import type { JobIdentity } from './oidc.ts';
import type { Permissions } from './permissions.ts';

/** Who calls: a job with its GITHUB_TOKEN, or a person with a token of their own. */
export type Caller =
  | { readonly kind: 'job'; readonly repository: string; readonly permissions: Permissions; readonly login: string }
  | { readonly kind: 'user'; readonly login: string };

/** What the runner gives to one job. */
export interface JobCredentials {
  /** GITHUB_TOKEN. */
  readonly token: string;
  /** ACTIONS_RUNTIME_TOKEN, and the token that asks for ID tokens. */
  readonly runtimeToken: string;
  /** Both tokens stop working, as they do when a job ends. */
  readonly revoke: () => void;
}

/** The tokens that are valid now. */
export class Tokens {
  readonly #callers = new Map<string, Caller>();
  readonly #jobs = new Map<string, { identity: JobIdentity; permissions: Permissions }>();

  /** Issues the tokens of a job. */
  issueJob(identity: JobIdentity, permissions: Permissions): JobCredentials {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const runtimeToken = randomBytes(24).toString('hex');
    const login = 'github-actions[bot]';
    this.#callers.set(token, { kind: 'job', repository: identity.repository, permissions, login });
    this.#jobs.set(runtimeToken, { identity, permissions });
    return {
      token,
      runtimeToken,
      revoke: () => {
        this.#callers.delete(token);
        this.#jobs.delete(runtimeToken);
      },
    };
  }

  /** Issues a personal token, for example to approve a deployment through the API. */
  issueUser(login: string): string {
    const token = `ghp_${randomBytes(18).toString('hex')}`;
    this.#callers.set(token, { kind: 'user', login });
    return token;
  }

  /** The caller of an Authorization header. */
  caller(authorization: string): Caller | undefined {
    return this.#callers.get(secretOf(authorization));
  }

  /** The job whose runtime token an Authorization header carries. */
  job(authorization: string): { identity: JobIdentity; permissions: Permissions } | undefined {
    return this.#jobs.get(secretOf(authorization));
  }
}

function secretOf(authorization: string): string {
  return /^(?:token|bearer)\s+(\S+)$/i.exec(authorization)?.[1] ?? '';
}
