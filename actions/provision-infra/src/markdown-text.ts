/** Texts of a plan in Markdown and HTML, where they must show as themselves, link to nothing and notify nobody. Pure. */
import { escapeMarkdown } from '#toolkit/action/markdown';
import { wholeCharacters } from './clip.ts';
import { visible } from './diff-lines.ts';

/** Addresses and reasons have no limit; a line has. */
const MOST_CHARACTERS = 300;

function short(text: string, most: number): string {
  const shown = visible(text.length <= most ? text : `${wholeCharacters(text, 0, most - 1)}…`);
  // A log that the text is printed to would take it for a command, wherever it stands.
  return shown.replaceAll('##[', '##\u200b[');
}

/** Words in a paragraph of Markdown. GitHub looks for mentions and references in the finished page, so escaping is too early for them. */
export function words(text: string, most = MOST_CHARACTERS): string {
  return separated(escapeMarkdown(short(text, most)));
}

/** A name in a paragraph of Markdown, as code, in as many backticks as it needs. */
export function code(text: string): string {
  const shown = short(text, MOST_CHARACTERS);
  if (!text.includes('`') && !/^ | $/.test(shown)) return `\`${shown}\``;
  const fence = '`'.repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  // One space at each end is taken off again.
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Words in HTML, where Markdown means nothing. */
export function htmlWords(text: string): string {
  return separated(escapeHtml(short(text, MOST_CHARACTERS)));
}

/** A name in HTML, as code. */
export function htmlCode(text: string): string {
  return `<code>${escapeHtml(short(text, MOST_CHARACTERS))}</code>`;
}

function escapeHtml(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** With a space of no width after the signs that begin a mention or a reference. */
function separated(text: string): string {
  return text.replace(/@(?!\u200b)|#(?=\d)|\b(?:GH|gh)-(?=\d)/g, '$&\u200b');
}
