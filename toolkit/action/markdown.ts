/** Pure pieces of Markdown for job summaries and comments, safe for any text. */

/** Text that shows as itself inside a table cell or a paragraph, whatever it holds. Mentions notify nobody. */
export function escapeMarkdown(text: string): string {
  if (!/[&<>\\`*_{}[\]|#~@\n]/.test(text)) return text;
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]|#~]/g, (character) => `\\${character}`)
    .replace(/@/g, '@\u200b')
    .replace(/\r?\n/g, '<br>');
}

/** Text as inline code, with as many backticks around as it needs; pipes are escaped for tables. */
export function inlineCode(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replace(/\r?\n/g, ' ').replace(/\|/g, '\\|')}${pad}${fence}`;
}

/** A fenced block that no content can end early. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A part that is folded until somebody opens it. */
export function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** The first so many rows, and how many were left out. */
export function firstOf<T>(rows: readonly T[], most: number): { shown: readonly T[]; left: number } {
  return { shown: rows.slice(0, most), left: Math.max(0, rows.length - most) };
}
