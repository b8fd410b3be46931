/**
 * The comment as text. Its first line says that it is ours and its second which write it is of; each section stands between
 * two marks. All marks are HTML comments, which a reader does not see. Pure.
 */
import { overviewOf } from './comment-overview.ts';
import { newestSections, type Revision, type Section, type Sections } from './comment-sections.ts';

/** GitHub refuses a longer comment: `Body is too long (maximum is 65536 characters)`. */
export const MOST_CHARACTERS = 65_536;

/** In a section's Markdown, the line after which everything may be left out for want of room. */
export const DETAILS_MARK = '<!-- moodle-high-scale details -->';

const TITLE = '## What this pull request would do';
const MOST_HEADING_CHARACTERS = 300;
const SECTION = /^<!-- moodle-high-scale section: (\S+) (\d+)\.(\d+)\.(\d+) (\S+)( short)? -->$/;
const WRITE = /^<!-- moodle-high-scale write: ([0-9a-f]+) -->$/;

/** A comment that was read. */
export interface CommentContent {
  /** Another one for every write. */
  write: string;
  sections: Sections;
}

/** What else a comment is made of. */
export interface Composition {
  /** Tells several comments of ours on one pull request apart. */
  name: string;
  write: string;
  /** Address of the list of runs, `https://github.com/owner/name/actions/runs`. */
  runsUrl: string;
  mostCharacters?: number;
}

const startMark = ({ key, revision: { run, attempt, time }, commit, isShort }: Section): string =>
  `<!-- moodle-high-scale section: ${key} ${run}.${attempt}.${time} ${commit}${isShort ? ' short' : ''} -->`;
const endMark = (key: string): string => `<!-- moodle-high-scale end: ${key} -->`;

/**
 * Markdown as a section can hold it. What looks like a mark of ours gets an invisible character inside, so that no text can
 * end its section, begin another or pass for a comment; the first `DETAILS_MARK` alone keeps its meaning. Control
 * characters, which GitHub does not store, are taken out.
 */
export function sectionText(markdown: string): string {
  const [head = '', ...rest] = markdown.replace(/\r\n?/g, '\n').split(`\n${DETAILS_MARK}\n`);
  const parts = [head, rest.join('\n')].map(harmless).filter((part) => part !== '');
  return parts.join(`\n${DETAILS_MARK}\n`);
}

function harmless(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .replace(/<!--(?=\s*moodle-high-scale\b)/gi, '<!\u200b--')
      .trim()
  );
}

/** Reads a comment; undefined when it is not ours by its text. A section whose end somebody removed is not one. */
export function parseComment(name: string, body: string): CommentContent | undefined {
  // A person who edits on the web page leaves CRLF.
  const lines = body.replace(/\r\n?/g, '\n').split('\n');
  const [, write] = WRITE.exec(lines[1] ?? '') ?? [];
  if (lines[0] !== nameMark(name) || write === undefined) return undefined;
  const found: Sections[] = [];
  for (const [index, line] of lines.entries()) {
    const match = SECTION.exec(line);
    if (match === null) continue;
    const [, key = '', run, attempt, time, commit = '', short] = match;
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((other) => other === endMark(key) || SECTION.test(other));
    if (rest[end] !== endMark(key)) continue;
    const revision: Revision = { run: Number(run), attempt: Number(attempt), time: Number(time) };
    const text = rest.slice(0, end).join('\n').trim();
    found.push(new Map([[key, { key, revision, commit, text, isShort: short !== undefined }]]));
  }
  return { write, sections: newestSections(...found) };
}

function nameMark(name: string): string {
  return `<!-- moodle-high-scale: ${name} -->`;
}

/** A comment to be written. */
export interface Composed {
  text: string;
  /** Keys of sections that not even a line was left for. */
  dropped: readonly string[];
}

/**
 * The text of a comment, sections ordered by key. It is never longer than allowed: the longest section gives up its
 * details, then the next, then all but its first line; should even these not fit, the last sections are counted.
 */
export function composeComment(sections: Sections, composition: Composition): Composed {
  const { mostCharacters = MOST_CHARACTERS, name, write } = composition;
  const head = [nameMark(name), `<!-- moodle-high-scale write: ${write} -->`, TITLE, ''].join('\n');
  const ordered = [...sections.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  /** What is left of each section, its longest form first. */
  const parts = ordered.map((section) =>
    formsOf(section).map((form) => ({ form, text: renderSection(form, composition) })),
  );
  const lengthOf = ([part]: (typeof parts)[number]): number => part?.text.length ?? 0;
  const overview = (): string => overviewOf(parts.flatMap(([part]) => (part === undefined ? [] : [part.form])));
  let size = parts.reduce((sum, part) => sum + lengthOf(part), head.length + overview().length);
  while (size > mostCharacters) {
    const [longest] = parts.filter((forms) => forms.length > 1).sort((a, b) => lengthOf(b) - lengthOf(a));
    if (longest === undefined) break;
    size -= lengthOf(longest);
    longest.shift();
    size += lengthOf(longest);
  }
  // A section of one line has no phases any more: this can only have become shorter.
  const top = head + overview();
  const shown = parts.map(([part]) => part?.text ?? '');
  while (size + notShown(parts.length - shown.length).length > mostCharacters && shown.length > 0)
    size -= shown.pop()?.length ?? 0;
  const dropped = ordered.slice(shown.length).map(({ key }) => key);
  return { text: top + shown.join('') + notShown(dropped.length), dropped };
}

/** The section whole, without its details, and its first line. */
function formsOf(section: Section): Section[] {
  const text = sectionText(section.text);
  const [head = '', details] = text.split(`\n${DETAILS_MARK}\n`);
  const heading = clip(head.split('\n')[0] ?? '');
  const shorter = [...(details === undefined ? [] : [head]), ...(heading === head ? [] : [heading])];
  return [{ ...section, text }, ...shorter.map((form) => ({ ...section, text: form, isShort: true }))];
}

function clip(heading: string): string {
  return heading.length <= MOST_HEADING_CHARACTERS ? heading : `${heading.slice(0, MOST_HEADING_CHARACTERS - 1)}…`;
}

function renderSection(section: Section, { runsUrl }: Composition): string {
  const { run, attempt } = section.revision;
  const link = `[run ${run}](${runsUrl}/${run}/attempts/${attempt})`;
  const more = section.isShort ? '; its job summary has the details, for which there was no room here' : '';
  const footer = `<sub>Commit \`${section.commit}\`, ${link}${more}.</sub>`;
  return `\n${startMark(section)}\n${section.text}\n${endMark(section.key)}\n\n${footer}\n`;
}

function notShown(count: number): string {
  if (count === 0) return '';
  return `\nThere was no room for ${count} more ${count === 1 ? 'section' : 'sections'}; the job summaries have them.\n`;
}
