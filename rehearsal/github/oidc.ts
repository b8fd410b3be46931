import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';

/** What an ID token says about a job. Repository, ref and environment are the caller's; `jobWorkflow*` the called file's. */
export interface JobIdentity {
  readonly repository: string;
  readonly repositoryId: number;
  readonly repositoryOwnerId: number;
  /** Whether subjects name the repository with its ids, as those of repositories made after 2026-07-15 do. */
  readonly immutableSubject: boolean;
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  readonly actorId: number;
  readonly workflow: string;
  readonly workflowRef: string;
  readonly workflowSha: string;
  readonly jobWorkflowRef: string;
  readonly jobWorkflowSha: string;
  readonly eventName: string;
  readonly runId: number;
  readonly runNumber: number;
  readonly runAttempt: number;
  readonly environment: string | undefined;
}

/** GitHub's ID tokens are valid for five minutes after, and from ten minutes before, their issue. Seconds. */
const lifetime = 300;
const backdated = 600;

/**
 * The subject of a job: its repository, in the old or the new form, and its environment, else the pull request, else the ref; `:` in a value becomes `%3A`
 * (docs.github.com, OpenID Connect reference).
 */
export function subjectOf(
  identity: Pick<
    JobIdentity,
    'repository' | 'repositoryId' | 'repositoryOwnerId' | 'immutableSubject' | 'environment' | 'eventName' | 'ref'
  >,
): string {
  const part = (text: string): string => text.replaceAll(':', '%3A');
  const [owner = '', name = ''] = identity.repository.split('/').map(part);
  const repository = identity.immutableSubject
    ? `repo:${owner}@${identity.repositoryOwnerId}/${name}@${identity.repositoryId}`
    : `repo:${owner}/${name}`;
  if (identity.environment !== undefined) return `${repository}:environment:${part(identity.environment)}`;
  if (identity.eventName === 'pull_request') return `${repository}:pull_request`;
  return `${repository}:ref:${part(identity.ref)}`;
}

interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid: string };
}

/** The issuer of ID tokens: one RSA key, made when it is first needed, its public half in the JWKS. */
export class IdTokenIssuer {
  readonly #issuer: string;
  #key: SigningKey | undefined;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  private key(): SigningKey {
    if (this.#key === undefined) {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = publicKey.export({ format: 'jwk' });
      const kid = createHash('sha256').update(String(jwk.n)).digest('hex').slice(0, 40);
      this.#key = { privateKey, jwk: { ...jwk, kid, alg: 'RS256', use: 'sig' } };
    }
    return this.#key;
  }

  /** `/.well-known/openid-configuration`. */
  discovery(): unknown {
    return {
      issuer: this.#issuer,
      jwks_uri: `${this.#issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      claims_supported: Object.keys(this.claims(undefined, '', 0)),
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    };
  }

  /** `/.well-known/jwks`. */
  keys(): unknown {
    return { keys: [this.key().jwk] };
  }

  /** Signs an ID token for a job. `now` is epoch seconds. */
  issue(identity: JobIdentity, audience: string, now: number): string {
    const { privateKey, jwk } = this.key();
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = encode({ alg: 'RS256', typ: 'JWT', kid: jwk.kid });
    const content = `${head}.${encode(this.claims(identity, audience, now))}`;
    return `${content}.${sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url')}`;
  }

  private claims(identity: JobIdentity | undefined, audience: string, now: number): Record<string, unknown> {
    const environment = identity?.environment;
    return {
      jti: randomUUID(),
      sub: identity && subjectOf(identity),
      aud: audience,
      ref: identity?.ref,
      sha: identity?.sha,
      repository: identity?.repository,
      repository_owner: identity?.repository.split('/')[0],
      repository_owner_id: String(identity?.repositoryOwnerId),
      repository_visibility: 'private',
      repository_id: String(identity?.repositoryId),
      run_id: String(identity?.runId),
      run_number: String(identity?.runNumber),
      run_attempt: String(identity?.runAttempt),
      actor: identity?.actor,
      actor_id: String(identity?.actorId),
      workflow: identity?.workflow,
      workflow_ref: identity?.workflowRef,
      workflow_sha: identity?.workflowSha,
      head_ref: identity?.headRef,
      base_ref: identity?.baseRef,
      event_name: identity?.eventName,
      ref_protected: 'false',
      ref_type: identity?.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      job_workflow_ref: identity?.jobWorkflowRef,
      job_workflow_sha: identity?.jobWorkflowSha,
      runner_environment: 'github-hosted',
      ...(environment !== undefined && { environment }),
      iss: this.#issuer,
      nbf: now - backdated,
      exp: now + lifetime,
      iat: now,
    };
  }
}
