/** The part of the job summary that says what became of the database. Pure. */
import { inlineCode, table } from '#toolkit/action/markdown';
import { formatElapsed } from '#toolkit/process/clock';
import type { Work } from './apply.ts';
import { type DatabaseState, named } from './database-state.ts';

/** State and versions before and after, how long it took, and how to go back. Empty when nothing is known. */
export function describeWork(
  before: DatabaseState | undefined,
  after: DatabaseState | undefined,
  work: Work | undefined,
  release: string | undefined,
): string {
  if (after === undefined) return '';
  const row = (title: string, state: DatabaseState | undefined): string[] => [
    title,
    state === undefined ? '' : inlineCode(state.state),
    state?.database ? inlineCode(named(state.database)) : '',
  ];
  const paragraphs = [
    table(['', 'State', 'Tables of'], [row('Before', before), row('After', after)]),
    ...(release === undefined ? [] : [`The image is Moodle ${inlineCode(release)}.`]),
  ];
  if (work !== undefined && work.milliseconds > 0) paragraphs.push(`It took ${formatElapsed(work.milliseconds)}.`);
  if (work?.restorePoint !== undefined) {
    paragraphs.push(
      `**Restore point: ${inlineCode(work.restorePoint)}.** To undo the upgrade, restore the PostgreSQL server to this time and deploy the image before. What was written since is lost by that.`,
    );
  }
  return paragraphs.join('\n\n');
}
