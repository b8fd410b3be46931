/** What terraform says when it fails, as sentences that say what to do. */
import { isAbsolute } from 'node:path';
import { UserError } from '../errors.ts';
import type { Diagnostic } from './ui-events.ts';

/** Errors of one command that are shown; a broken provider may give hundreds. */
const MOST_SHOWN = 10;

/** A failed command: one line for each error. `diagnostics` are the errors themselves. */
export class TerraformError extends UserError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super(message);
    this.diagnostics = diagnostics;
  }
}

/** Who holds a state lock, as terraform prints it. */
const LOCK_FIELD = /^\s*(ID|Operation|Who|Created):\s*(\S.*?)\s*$/gm;

/** `init` prints this above the true errors. */
const PREAMBLE = /encountered problems during initiali[sz]ation/;

/**
 * The error of a command that failed.
 *
 * @param directory the root, as its user names it; put before file names
 * @param stderr what it printed where there were no diagnostics
 */
export function terraformError(
  command: string,
  directory: string,
  diagnostics: readonly Diagnostic[],
  stderr: string,
): TerraformError {
  const all = diagnostics.filter(({ severity }) => severity === 'error');
  const telling = all.filter(({ summary }) => !PREAMBLE.test(summary));
  const errors = telling.length > 0 ? telling : all;
  if (errors.length === 0) {
    const text = stderr.trim() === '' ? 'it gave no reason' : oneLine(stderr);
    return new TerraformError(`terraform ${command} failed in ${directory}: ${text}`, []);
  }
  const lines = errors.slice(0, MOST_SHOWN).map((error) => sentence(error, directory));
  if (errors.length > MOST_SHOWN) lines.push(`… and ${errors.length - MOST_SHOWN} more errors.`);
  return new TerraformError(lines.join('\n'), errors);
}

function sentence(error: Diagnostic, directory: string): string {
  return lockSentence(error) ?? staleSentence(error) ?? protectedSentence(error) ?? plainSentence(error, directory);
}

/** A warning or an error as one line: where, what, why. */
export function plainSentence({ summary, detail, address, range }: Diagnostic, directory: string): string {
  // Only the file of variables is given by its full path, and it is made of an input: its lines say nothing.
  const inRoot = range !== undefined && !isAbsolute(range.filename);
  const place = inRoot ? `${directory}/${range.filename}:${range.start.line}: ` : '';
  const subject = address === undefined || address === '' ? '' : `${address}: `;
  const why = detail.trim() === '' ? '' : `: ${oneLine(detail)}`;
  return `${place}${subject}${oneLine(summary)}${why}`;
}

/** The state is in use, or a run that was killed left it so. */
function lockSentence({ summary, detail }: Diagnostic): string | undefined {
  if (!/acquiring the state lock/i.test(summary)) return undefined;
  const held = Object.fromEntries([...detail.matchAll(LOCK_FIELD)].map(([, name, value]) => [name ?? '', value ?? '']));
  if (held.ID === undefined) return `The state is locked: ${oneLine(detail)}`;
  const since = held.Created === undefined ? '' : ` since ${held.Created}`;
  return `The state is locked by ${held.Who ?? 'another run'}${since}. Wait for that run; when there is none any more, release the lock with \`terraform force-unlock ${held.ID}\`.`;
}

/** Somebody else applied between the plan and its apply. */
function staleSentence({ summary }: Diagnostic): string | undefined {
  if (!/saved plan is stale/i.test(summary)) return undefined;
  return 'The state has changed since the plan was made, so nothing was applied. Run again: a new plan is made.';
}

/** `prevent_destroy` stopped the plan. */
function protectedSentence({ summary, detail }: Diagnostic): string | undefined {
  const address = /^Resource (\S+)\s+has\s+lifecycle\.prevent_destroy/.exec(detail)?.[1];
  if (summary !== 'Instance cannot be destroyed' || address === undefined) return undefined;
  return `The plan would delete or replace ${address}, which its prevent_destroy forbids: undo the change that leads to it.`;
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
