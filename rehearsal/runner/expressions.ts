import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { data, Evaluator, type FunctionDefinition, LexemeType, Lexer, Parser } from './gha.ts';
import { fromData, toData, type Value, type Values } from './values.ts';

/** What `success()`, `failure()` and `cancelled()` look at. */
export type Status = 'success' | 'failure' | 'cancelled';

/** Everything an expression can see. A context that is absent evaluates to null, as an empty one would. */
export interface Scope {
  readonly contexts: Values;
  /** Without it the status functions are unknown, as in every key but `if`. */
  readonly status?: {
    readonly success: () => boolean;
    readonly failure: () => boolean;
    readonly cancelled: () => boolean;
  };
  /** Directory that `hashFiles` searches; without it the function is unknown. */
  readonly workspace?: string;
}

const contextNames = [
  'github',
  'env',
  'vars',
  'secrets',
  'inputs',
  'needs',
  'strategy',
  'matrix',
  'job',
  'jobs',
  'runner',
  'steps',
];

/**
 * Evaluates one expression (the text between the braces) with GitHub's own evaluator.
 *
 * @throws Error with GitHub's message when the expression is not valid or a function fails.
 */
export function evaluate(expression: string, scope: Scope): Value {
  const functions = functionsOf(scope);
  const root = toDictionary(scope.contexts);
  const tree = new Parser(lex(expression), contextNames, functions).parse();
  return fromData(new Evaluator(tree, root, new Map(functions.map((f) => [f.name.toLowerCase(), f]))).evaluate());
}

/**
 * The tokens of an expression, with string literals unescaped in full.
 *
 * The package's lexer unescapes only the first doubled quote of a literal (`value.replace("''", "'")`), which
 * corrupts every `run:` script with two quotes: the runner turns such a script into `format('...', ...)`.
 */
function lex(expression: string): ReturnType<Lexer['lex']>['tokens'] {
  const { tokens } = new Lexer(expression).lex();
  for (const token of tokens) {
    if (token.type === LexemeType.STRING) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
  }
  return tokens;
}

/** The names of the contexts that an expression reads. */
export function contextsOf(expression: string): Set<string> {
  const tokens = lex(expression);
  const names = tokens.filter(
    (token, index) =>
      token.type === LexemeType.IDENTIFIER &&
      tokens[index - 1]?.type !== LexemeType.DOT &&
      tokens[index + 1]?.type !== LexemeType.LEFT_PAREN,
  );
  return new Set(names.map((token) => token.lexeme.toLowerCase()));
}

/** The lower-case names of the functions an expression calls, with the number of tokens between the parentheses. */
export function callsOf(expression: string): { name: string; hasArguments: boolean }[] {
  const tokens = lex(expression);
  return tokens.flatMap((token, index) =>
    token.type === LexemeType.IDENTIFIER && tokens[index + 1]?.type === LexemeType.LEFT_PAREN
      ? [{ name: token.lexeme.toLowerCase(), hasArguments: tokens[index + 2]?.type !== LexemeType.RIGHT_PAREN }]
      : [],
  );
}

function toDictionary(contexts: Values): data.Dictionary {
  // The evaluator crashes on a context that is named to the parser and missing here, so every name has a value.
  return new data.Dictionary(
    ...contextNames.map((key) => ({ key, value: toData(contexts[key] ?? null, key === 'env') })),
  );
}

function functionsOf(scope: Scope): FunctionDefinition[] {
  const functions: FunctionDefinition[] = [
    // The package's own fromJSON builds dictionaries that lose `constructor`.
    { name: 'fromJSON', minArgs: 1, maxArgs: 1, call: (text) => toData(parseJson(text?.coerceString() ?? '')) },
  ];
  const { status, workspace } = scope;
  if (status !== undefined) {
    const flag = (name: string, test: () => boolean): FunctionDefinition => ({
      name,
      minArgs: 0,
      maxArgs: 0,
      call: () => new data.BooleanData(test()),
    });
    functions.push(
      flag('always', () => true),
      flag('success', status.success),
      flag('failure', status.failure),
      flag('cancelled', status.cancelled),
    );
  }
  if (workspace !== undefined) {
    functions.push({
      name: 'hashFiles',
      minArgs: 1,
      maxArgs: 255,
      call: (...patterns) =>
        new data.StringData(
          hashFiles(
            workspace,
            patterns.map((p) => p.coerceString()),
          ),
        ),
    });
  }
  return functions;
}

function parseJson(text: string): Value {
  try {
    const value: Value = JSON.parse(text);
    return value;
  } catch (error) {
    throw new Error(`Error parsing fromJSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The runner's hashFiles: SHA-256 over the binary SHA-256 of each matching file, empty when none matches
 * (actions/runner, src/Misc/expressionFunc/hashFiles). A pattern that starts with `!` takes files away.
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = new Set<string>();
  for (const pattern of patterns.flatMap((p) => p.split('\n')).map((p) => p.trim())) {
    if (pattern === '' || pattern.startsWith('#')) continue;
    const exclude = pattern.startsWith('!');
    for (const file of globSync(exclude ? pattern.slice(1) : pattern, { cwd: workspace })) {
      if (exclude) files.delete(file);
      else files.add(file);
    }
  }
  const whole = createHash('sha256');
  let count = 0;
  for (const file of [...files].sort()) {
    const path = resolvePath(workspace, file);
    if (!statSync(path).isFile()) continue;
    whole.update(createHash('sha256').update(readFileSync(path)).digest());
    count += 1;
  }
  return count === 0 ? '' : whole.digest('hex');
}
