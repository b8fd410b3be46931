/**
 * The rules of .dockerignore (https://docs.docker.com/build/concepts/context/#dockerignore-files): the last rule that
 * fits decides, `!` takes back in, a rule that fits a folder fits all in it. Pure.
 */

interface Rule {
  pattern: RegExp;
  exclude: boolean;
}

/** Makes the predicate "is left out" for slash-separated paths relative to the context. */
export function parseDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '!')
    .map(parseRule);
  return (path) => {
    const ancestors = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    const last = rules.findLast(({ pattern }) => ancestors.some((ancestor) => pattern.test(ancestor)));
    return last?.exclude ?? false;
  };
}

function parseRule(line: string): Rule {
  const exclude = !line.startsWith('!');
  const path = (exclude ? line : line.slice(1)).trim().replace(/^(\.?\/)+|\/+$/g, '');
  return { pattern: new RegExp(`^${translate(path)}$`), exclude };
}

/** Go's `filepath.Match` with `**`, as a regular expression. */
function translate(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|\\.|\[\^?[^\]]+\]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 2 && token.startsWith('[')) return token;
    return token.length === 2 && token.startsWith('\\') ? `\\${token[1]}` : `\\${token}`;
  });
}
