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
 * What a person wants to see while waiting. The planned changes are shown by the caller, in its own form; values of
 * outputs are not shown at all.
 */
const SHOWN = new Set([
  'log',
  'refresh_start',
  'apply_start',
  'apply_progress',
  'apply_complete',
  'apply_errored',
  'provision_start',
  'provision_progress',
  'provision_complete',
  'provision_errored',
  'ephemeral_op_start',
  'ephemeral_op_errored',
]);

/** The progress line of an event, or undefined when it is not one. */
export function progressLine(event: UiEvent): string | undefined {
  return SHOWN.has(event.type) ? event['@message'] : undefined;
}
