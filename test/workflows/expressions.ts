/** The contexts that a text's expressions read. */

/** `steps.infra.outputs.cluster-name` as its parts. */
export interface Read {
  context: string;
  path: readonly string[];
}

const CONTEXTS = 'github|inputs|vars|secrets|needs|steps|jobs|job|matrix|env';

/** All reads in all expressions of a value, at any depth. An `if` is an expression without the braces around it. */
export function readsIn(value: unknown): Read[] {
  if (typeof value === 'string') {
    return [...value.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].flatMap(([, expression = '']) => readsOf(expression));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'if' && typeof inner === 'string' && !inner.includes('${{') ? readsOf(inner) : readsIn(inner),
  );
}

function readsOf(expression: string): Read[] {
  const code = expression.replace(/'(?:[^']|'')*'/g, "''");
  return [...code.matchAll(new RegExp(`(?<![\\w.-])(${CONTEXTS})((?:\\.[\\w-]+)+)`, 'g'))].map(
    ([, context = '', path = '']) => ({ context, path: path.slice(1).split('.') }),
  );
}

/** The one read that a text is, and nothing else; undefined for everything else. */
export function onlyRead(value: unknown): Read | undefined {
  const [, expression] = typeof value === 'string' ? (/^\$\{\{\s*([\w.-]+)\s*\}\}$/.exec(value) ?? []) : [];
  return expression === undefined ? undefined : readsOf(expression)[0];
}
