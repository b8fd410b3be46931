/**
 * The lines that terraform and tofu print with `-json`
 * (https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
 */
import { z } from 'zod';

const diagnostic = z.object({
  severity: z.enum(['error', 'warning']).catch('error'),
  summary: z.string(),
  detail: z.string().default(''),
  address: z.string().optional(),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
});

const uiEvent = z.object({
  type: z.string(),
  '@message': z.string(),
  diagnostic: diagnostic.optional(),
  /** The program's version, in events of type `version`. */
  terraform: z.string().optional().catch(undefined),
  tofu: z.string().optional().catch(undefined),
  hook: z
    .object({ resource: z.object({ addr: z.string() }) })
    .optional()
    .catch(undefined),
});

/** An error or a warning. */
export type Diagnostic = z.infer<typeof diagnostic>;
export type UiEvent = z.infer<typeof uiEvent>;

/** One line, or undefined when it is not an event: `init -json` prints a few plain lines too. */
export function parseUiEvent(line: string): UiEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return uiEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
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
