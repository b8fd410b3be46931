/** Slips that anybody could make at any place of a workflow, each of them made by itself. */

interface Slip {
  what: string;
  text: string;
}

/** A pattern whose first group is what goes wrong, and what becomes of it. */
const KINDS: readonly { pattern: RegExp; wrong: (text: string) => string }[] = [
  // A key of `with:` of a step, or of a call; a name that an expression reads.
  { pattern: /(?<=^ {8}with:\n(?: {10}.*\n)*? {10})([\w-]+)(?=: )/gm, wrong: (name) => `${name}x` },
  { pattern: /(?<=^ {4}with:\n(?: {6}.*\n)*? {6})([\w-]+)(?=: )/gm, wrong: (name) => `${name}x` },
  { pattern: /(?<=\$\{\{[^}]*\b(?:steps|needs|jobs)\.[\w-]+\.outputs\.)([\w-]+)/g, wrong: (name) => `${name}x` },
  { pattern: /(?<=\$\{\{[^}]*\b(?:steps|needs|jobs)\.)([\w-]+)(?=\.outputs)/g, wrong: (name) => `${name}x` },
  { pattern: /(?<=\$\{\{[^}]*\b(?:inputs|vars|secrets)\.)([\w-]+)/g, wrong: (name) => `${name}x` },
  { pattern: /(?<=^ +uses: \$\/)(\S+?)(?=\.yml|\n)/gm, wrong: (path) => `${path}x` },
  { pattern: /^( {4}timeout-minutes: \d+\n)/gm, wrong: () => '' },
  { pattern: /^( {10}persist-credentials: false\n)/gm, wrong: () => '' },
  { pattern: /(?<=^ +uses: \S+@[0-9a-f]{39})([0-9a-f])/gm, wrong: () => '' },
  // A permission that something needs.
  { pattern: /^( {6}(?:contents|actions|id-token|pull-requests): (?:read|write).*\n)/gm, wrong: () => '' },
];

/** All of them, one text each. */
export function slipsIn(text: string): Slip[] {
  const lines = text.split('\n');
  return KINDS.flatMap(({ pattern, wrong }) =>
    [...text.matchAll(pattern)]
      // Not in a comment.
      .filter(({ index }) => !/^\s*#/.test(lines[text.slice(0, index).split('\n').length - 1] ?? ''))
      .map(({ 0: found, index }) => ({
        what: `"${found.trim()}" at line ${text.slice(0, index).split('\n').length}, changed to "${wrong(found)}",`,
        text: text.slice(0, index) + wrong(found) + text.slice(index + found.length),
      })),
  );
}
