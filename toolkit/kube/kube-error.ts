/**
 * What kubectl says on standard error when something is refused, as one clear sentence and a reason that code can branch
 * on. kubectl prints the API server's `Status` as `Error from server (Reason): message`; other texts are its own. The
 * formats are those of kubectl 1.30 to 1.36.
 */
import { CommandError, UserError } from '../errors.ts';

/** Why a call failed. `failed` is all that is not known here. */
export type KubeErrorReason =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'unknown-kind'
  | 'conflict'
  | 'exists'
  | 'invalid'
  | 'failed';

/** A field that another manager owns with another value. */
export interface FieldConflict {
  manager: string;
  field: string;
}

/** A refusal by the cluster, or no cluster at all. */
export class KubeError extends UserError {
  readonly reason: KubeErrorReason;
  /** For `conflict`: who owns what. */
  readonly conflicts: readonly FieldConflict[];

  constructor(reason: KubeErrorReason, message: string, conflicts: readonly FieldConflict[] = []) {
    super(message);
    this.reason = reason;
    this.conflicts = conflicts;
  }
}

const UNREACHABLE =
  /Unable to connect to the server|The connection to the server .* was refused|dial tcp|no such host|certificate signed by unknown authority|TLS handshake timeout/;
const UNAUTHORIZED = /You must be logged in to the server|\(Unauthorized\)|provide credentials/;
const FORBIDDEN =
  /User "([^"]*)" cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?(?: in the namespace "([^"]+)")?/;
const UNKNOWN_KIND = /no matches for kind "([^"]+)" in version "([^"]+)"|doesn't have a resource type "([^"]+)"/;
const INVALID = /^The \S+ "[^"]+" is invalid: .*/m;
const SERVER = /Error from server(?: \(([A-Za-z]+)\))?: ([^\n]*)/;

const REASONS: Readonly<Record<string, KubeErrorReason>> = {
  NotFound: 'not-found',
  AlreadyExists: 'exists',
  Forbidden: 'forbidden',
  Invalid: 'invalid',
  BadRequest: 'invalid',
  Conflict: 'conflict',
};

/** The error behind the standard error of a kubectl that failed. */
export function classifyKubectl(stderr: string): KubeError {
  const text = stderr.trim();
  if (UNREACHABLE.test(text)) {
    return new KubeError('unreachable', `The Kubernetes API server cannot be reached: ${cause(text)}`);
  }
  if (UNAUTHORIZED.test(text)) {
    return new KubeError(
      'unauthorized',
      'The Kubernetes API server did not accept the credentials; check the kubeconfig, or that the identity may use the cluster.',
    );
  }
  const conflicts = readConflicts(text);
  if (conflicts.length > 0) {
    const list = conflicts.map(({ manager, field }) => `${field} by "${manager}"`).join(', ');
    return new KubeError('conflict', `Fields are owned with other values: ${list}.`, conflicts);
  }
  const denied = FORBIDDEN.exec(text);
  if (denied !== null) {
    const [, user, verb, resource, group, namespace] = denied;
    const what = group === undefined || group === '' ? resource : `${resource}.${group}`;
    const where = namespace === undefined ? 'in the cluster' : `in the namespace "${namespace}"`;
    return new KubeError('forbidden', `"${user}" may not ${verb} ${what} ${where}; give it a role that allows it.`);
  }
  const unknown = UNKNOWN_KIND.exec(text);
  if (unknown !== null) {
    const kind = unknown[3] ?? `${unknown[1]} (${unknown[2]})`;
    return new KubeError('unknown-kind', `The cluster does not know the kind ${kind}; ${addOn(text)}.`);
  }
  const server = SERVER.exec(text);
  if (server !== null) return new KubeError(REASONS[server[1] ?? ''] ?? 'failed', sentence(server[2] ?? ''));
  const invalid = INVALID.exec(text);
  if (invalid !== null) return new KubeError('invalid', sentence(invalid[0]));
  return new KubeError('failed', `kubectl failed: ${cause(text)}`);
}

/** What brings kinds that Kubernetes itself does not have, and what can be done without it. */
const ADD_ONS: readonly (readonly [kind: RegExp, words: string])[] = [
  [
    /keda\.sh|scaledobjects|triggerauthentications/i,
    'KEDA is missing. Switch it on (for AKS `az aks update --enable-keda`), or deploy a fixed number of pods',
  ],
  [/azmonitoring|podmonitors/i, 'managed Prometheus is missing. Switch it on, or deploy without monitoring'],
  [/secrets-store/i, 'the Secrets Store CSI driver is missing. Switch on its add-on (azure-keyvault-secrets-provider)'],
];

function addOn(text: string): string {
  return ADD_ONS.find(([kind]) => kind.test(text))?.[1] ?? 'the add-on that brings it is missing';
}

/** A thrown value as a `KubeError` when it is a failed kubectl; everything else as it is. */
export function asKubeError(thrown: unknown): unknown {
  if (!(thrown instanceof CommandError)) return thrown;
  // A process that was killed from outside says nothing.
  if (thrown.stderr.trim() === '') return new KubeError('failed', thrown.message);
  return classifyKubectl(thrown.stderr);
}

/** Reads `Apply failed with N conflicts: …`: one on the line itself, several under a line for each manager. */
function readConflicts(text: string): FieldConflict[] {
  if (!/Apply failed with \d+ conflict/.test(text)) return [];
  const found: FieldConflict[] = [];
  let manager = '';
  for (const line of text.split('\n')) {
    const named = /conflicts? with "([^"]+)"(?:[^:]|:(?=\d))*:\s*(\S.*)?$/.exec(line);
    if (named?.[1] !== undefined) manager = named[1];
    const field = named === null ? /^- (\S.*)$/.exec(line)?.[1] : named[2];
    if (manager !== '' && field !== undefined) found.push({ manager, field: field.trim() });
  }
  return found;
}

/** The last line that says something, as a sentence. kubectl's own log lines (E1124 …) come before it. */
function cause(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^[EWI]\d{4} /.test(line));
  return sentence((lines.at(-1) ?? text).replace(/^error: |^Unable to connect to the server: /, ''));
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
