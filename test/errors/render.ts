/** `docs/errors.md` from what the cases showed. Pure. */

/** What a person saw. */
export interface Seen {
  situation: string;
  action: string;
  message: string;
}

const HEADER = `# Error messages

What a person sees when something is wrong, for each action in the order of the pipeline. In all of these situations the
job ends with exit code 1, has no outputs but those that tell of the failure, and has changed nothing.

This page is generated from \`test/errors/cases.ts\`: the tests bring about each situation, run the committed bundle and
compare. After a change of a message, \`UPDATE_DOCS=1 npm test -- test/errors\` writes it anew.
`;

/** A cell of a table: one line, no pipes, nothing that Markdown would take for its own. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', '<br>');
}

/** The page. */
export function renderErrors(seen: readonly Seen[]): string {
  const actions = [...new Set(seen.map(({ action }) => action))];
  const sections = actions.map((action) => {
    const rows = seen
      .filter((row) => row.action === action)
      .map(({ situation, message }) => `| ${cell(situation)} | ${cell(message)} |`);
    return `## ${action.split('/').at(-1)}\n\n| Situation | Message |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return [HEADER, ...sections].join('\n');
}
