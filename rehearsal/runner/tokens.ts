import { evaluate, type Scope } from './expressions.ts';
import {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NumberToken,
  SequenceToken,
  StringToken,
  type TemplateToken,
} from './gha.ts';
import { toText, type Value, type Values } from './values.ts';

/** A node of the parsed file. Values are read from here, because the package's converted model drops half the keys. */
export type Token = TemplateToken;

/** The value under a path of keys, undefined where any of them is missing. */
export function get(token: Token | undefined, ...keys: readonly string[]): Token | undefined {
  let current = token;
  for (const key of keys) {
    if (!(current instanceof MappingToken)) return undefined;
    current = current.find(key);
  }
  return current;
}

/** The pairs of a mapping with literal keys; empty for anything else. */
export function entries(token: Token | undefined): { key: string; keyToken: Token; value: Token }[] {
  if (!(token instanceof MappingToken)) return [];
  return [...token].map((pair) => ({ key: pair.key.toString(), keyToken: pair.key, value: pair.value }));
}

/** The items of a sequence; empty for anything else. */
export function items(token: Token | undefined): Token[] {
  if (!(token instanceof SequenceToken)) return [];
  return Array.from({ length: token.count }, (_, index) => token.get(index));
}

/** The text of a literal scalar, undefined for an expression or a missing value. */
export function literal(token: Token | undefined): string | undefined {
  if (token instanceof StringToken) return token.value;
  if (token instanceof NumberToken || token instanceof BooleanToken) return String(token.value);
  return undefined;
}

/** The source of an expression without its braces, undefined when the token is no expression. */
export function expressionOf(token: Token | undefined): string | undefined {
  return token instanceof BasicExpressionToken ? token.expression : undefined;
}

/** Every expression below a token, itself included. */
export function expressionsIn(token: Token | undefined): BasicExpressionToken[] {
  if (token instanceof BasicExpressionToken) return [token];
  if (token instanceof SequenceToken) return items(token).flatMap(expressionsIn);
  if (token instanceof MappingToken) return [...token].flatMap((p) => [p.key, p.value]).flatMap(expressionsIn);
  return [];
}

/** The value of a token with its expressions evaluated; a missing token is null. */
export function resolve(token: Token | undefined, scope: Scope): Value {
  if (token instanceof StringToken || token instanceof NumberToken || token instanceof BooleanToken) return token.value;
  if (token instanceof BasicExpressionToken) return evaluate(token.expression, scope);
  if (token instanceof SequenceToken) return items(token).map((item) => resolve(item, scope));
  if (token instanceof MappingToken) return resolveMapping(token, scope);
  return null;
}

function resolveMapping(token: MappingToken, scope: Scope): Values {
  return Object.fromEntries([...token].map((p) => [toText(resolve(p.key, scope)), resolve(p.value, scope)]));
}

/** The text of a token with its expressions evaluated; a missing token is empty. */
export function resolveText(token: Token | undefined, scope: Scope): string {
  return toText(resolve(token, scope));
}

/** A mapping of texts (`env`, `with`), its expressions evaluated; also when the whole mapping is one expression. */
export function resolveTexts(token: Token | undefined, scope: Scope): Record<string, string> {
  const value = resolve(token, scope);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toText(item)]));
}
