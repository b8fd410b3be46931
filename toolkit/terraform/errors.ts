/** What terraform says when it fails, as sentences that say what to do. */
import { isAbsolute } from 'node:path';
import { type Annotation, UserError } from '../errors.ts';
import { describeLock, readLock, releaseOf } from './lock.ts';
import type { Diagnostic } from './ui-events.ts';

/** Errors of one command that are shown; a broken provider may give hundreds. */
const MOST_SHOWN = 10;

/** Kinds of failure that somebody may want to tell from all others. */
export type TerraformFailure = 'locked' | 'stale' | 'prevented' | 'other';

/** A failed command: one line for each error. `diagnostics` are the errors themselves. */
export class TerraformError extends UserError {
  /** `init`, `plan`, … */
  readonly command: string;
  readonly kind: TerraformFailure;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    command: string,
    sentences: readonly Sentence[],
    diagnostics: readonly Diagnostic[],
    annotations: readonly Annotation[],
  ) {
    super(sentences.map(({ text }) => text).join('\n'), annotations);
    this.command = command;
    this.kind = sentences.find(({ kind }) => kind !== 'other')?.kind ?? 'other';
    this.diagnostics = diagnostics;
  }
}

/** One error in words. */
interface Sentence {
  text: string;
  kind: TerraformFailure;
}

/** Where a command ran and what it printed. */
export interface FailedCommand {
  /** `init`, `plan`, … */
  command: string;
  /** The root, as its user names it; put before file names. */
  directory: string;
  diagnostics: readonly Diagnostic[];
  /** What it printed where there were no diagnostics. */
  stderr: string;
  /** Milliseconds since the epoch, for the age of a lock. */
  now: number;
}

/** `init` prints this above the true errors. */
const PREAMBLE = /encountered problems during initiali[sz]ation/;

/** The error of a command that failed. */
export function terraformError({ command, directory, diagnostics, stderr, now }: FailedCommand): TerraformError {
  const all = diagnostics.filter(({ severity }) => severity === 'error');
  const telling = all.filter(({ summary }) => !PREAMBLE.test(summary));
  const errors = telling.length > 0 ? telling : all;
  if (errors.length === 0) {
    const text = stderr.trim() === '' ? 'it gave no reason' : oneLine(stderr);
    const sentence = { text: `terraform ${command} failed in ${directory}: ${text}`, kind: 'other' } as const;
    return new TerraformError(command, [sentence], [], []);
  }
  const shown = errors.slice(0, MOST_SHOWN);
  const sentences = shown.map((error) => sentenceOf(error, directory, now));
  const annotations = shown.map((error, index) => ({
    message: sentences[index]?.text ?? '',
    ...placeOf(error, directory),
  }));
  if (errors.length > MOST_SHOWN) {
    const text = `… and ${errors.length - MOST_SHOWN} more errors.`;
    sentences.push({ text, kind: 'other' });
    annotations.push({ message: text });
  }
  return new TerraformError(command, sentences, errors, annotations);
}

function sentenceOf(error: Diagnostic, directory: string, now: number): Sentence {
  const kinds = { locked: lockSentence(error, now), stale: staleSentence(error), prevented: protectedSentence(error) };
  for (const [kind, text] of Object.entries(kinds)) {
    if (text !== undefined) return { text, kind: kind as TerraformFailure };
  }
  return { text: plainSentence(error, directory), kind: 'other' };
}

/** File and line of a diagnostic, as an annotation wants them. */
export function placeOf({ range }: Diagnostic, directory: string): Pick<Annotation, 'file' | 'line'> {
  // Only the file of variables is given by its full path, and it is made of an input: its lines say nothing.
  if (range === undefined || isAbsolute(range.filename)) return {};
  return { file: `${directory}/${range.filename}`, line: range.start.line };
}

/** A warning or an error as one line: where, what, why. */
export function plainSentence(diagnostic: Diagnostic, directory: string): string {
  const { summary, detail, address } = diagnostic;
  const { file, line } = placeOf(diagnostic, directory);
  const place = file === undefined ? '' : `${file}:${line}: `;
  const subject = address === undefined || address === '' ? '' : `${address}: `;
  const why = detail.trim() === '' ? '' : `: ${oneLine(detail)}`;
  return `${place}${subject}${oneLine(summary)}${why}`;
}

/** The state is in use, or a run that was killed left it so. */
function lockSentence({ summary, detail }: Diagnostic, now: number): string | undefined {
  if (!/acquiring the state lock/i.test(summary)) return undefined;
  const held = readLock(detail);
  if (held === undefined) return `The state is locked: ${oneLine(detail)}`;
  return `The state is locked by ${describeLock(held, now)}. Wait for that run; when there is none any more, release the lock with ${releaseOf(held, /\bblob\b/.test(detail))}.`;
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
