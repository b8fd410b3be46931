/**
 * The lines that terraform and tofu print with `-json`
 * (https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
 */

/** An error or a warning. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  summary: string;
  detail: string;
  address?: string;
  range?: { filename: string; start: { line: number } };
}

export interface UiEvent {
  type: string;
  '@message': string;
  diagnostic?: Diagnostic;
  /** The program's version, in events of type `version`. */
  terraform?: string;
  tofu?: string;
  hook?: { resource: { addr: string } };
}

/** One line, or undefined when it is not an event: `init -json` prints a few plain lines too. */
export function parseUiEvent(line: string): UiEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  let event: Json;
  try {
    event = objectOf(JSON.parse(line));
  } catch {
    return undefined;
  }
  const { type, '@message': message, terraform, tofu } = event;
  if (typeof type !== 'string' || typeof message !== 'string') return undefined;
  const address = objectOf(objectOf(event.hook).resource).addr;
  return {
    type,
    '@message': message,
    ...('diagnostic' in event ? { diagnostic: diagnosticOf(objectOf(event.diagnostic)) } : {}),
    ...(typeof terraform === 'string' ? { terraform } : {}),
    ...(typeof tofu === 'string' ? { tofu } : {}),
    ...(typeof address === 'string' ? { hook: { resource: { addr: address } } } : {}),
  };
}

type Json = Record<string, unknown>;

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

/** What cannot be read of an error must not lose the rest of it. */
function diagnosticOf({ severity, summary, detail, address, range }: Json): Diagnostic {
  const { filename, start } = objectOf(range);
  const { line } = objectOf(start);
  return {
    severity: severity === 'warning' ? 'warning' : 'error',
    summary: textOf(summary),
    detail: textOf(detail),
    ...(typeof address === 'string' ? { address } : {}),
    ...(typeof filename === 'string' && typeof line === 'number' ? { range: { filename, start: { line } } } : {}),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * What is worth a line of its own. The planned changes are shown by the caller, in its own form; what takes long is told
 * of by `progress.ts`, for all resources together; values of outputs are not shown at all.
 */
const SHOWN = new Set([
  'log',
  'apply_complete',
  'apply_errored',
  'provision_start',
  'provision_progress',
  'provision_errored',
  'ephemeral_op_errored',
]);

/** The line of an event, or undefined when it is not worth one. */
export function eventLine(event: UiEvent): string | undefined {
  return SHOWN.has(event.type) ? event['@message'] : undefined;
}
