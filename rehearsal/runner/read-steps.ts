import { convertToIfCondition } from './gha.ts';
import type { Action, Step, Substitution, UsesBody } from './model.ts';
import type { Parsed } from './parse.ts';
import type { Problems } from './problems.ts';
import { parseReference, type Reference } from './references.ts';
import { refuseStep } from './refusals.ts';
import { get, items, literal, type Token } from './tokens.ts';

/** Finds what a step's `uses` names. Undefined means that it is known only when the job has checked out. */
export type FindAction = (reference: Reference, step: Token) => Promise<Action | Substitution | undefined>;

/** Reads the steps of a job or of a composite action. */
export async function readSteps(
  file: string,
  parsed: Parsed,
  steps: Token | undefined,
  problems: Problems,
  find: FindAction,
): Promise<Step[]> {
  const taken = new Map<string, number>();
  const result: Step[] = [];
  for (const token of items(steps)) {
    refuseStep(file, token, problems);
    const body = await readBody(file, token, problems, find);
    if (body === undefined) continue;
    const id = literal(get(token, 'id'));
    result.push({
      key: id ?? unnamed(body, taken),
      id,
      line: token.line ?? 1,
      name: get(token, 'name'),
      condition: readCondition(parsed, get(token, 'if')),
      env: get(token, 'env'),
      timeout: get(token, 'timeout-minutes'),
      continueOnError: get(token, 'continue-on-error'),
      body,
    });
  }
  return result;
}

/** The expression of an `if`, wrapped in `success() && (...)` as GitHub does. */
export function readCondition(parsed: Parsed, token: Token | undefined): string {
  if (token === undefined) return 'success()';
  return convertToIfCondition(parsed.context, token)?.expression ?? 'success()';
}

async function readBody(
  file: string,
  step: Token,
  problems: Problems,
  find: FindAction,
): Promise<Step['body'] | undefined> {
  const script = get(step, 'run');
  if (script !== undefined) {
    return { kind: 'run', script, shell: get(step, 'shell'), workingDirectory: get(step, 'working-directory') };
  }
  const uses = literal(get(step, 'uses'));
  if (uses === undefined) return undefined;
  try {
    const reference = parseReference(uses);
    const target = await find(reference, step);
    return { kind: 'uses', uses, reference, with: get(step, 'with'), target } satisfies UsesBody;
  } catch (error) {
    problems.add(file, step.line, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function unnamed(body: Step['body'], taken: Map<string, number>): string {
  const base = body.kind === 'run' ? '__run' : `__${body.uses.replace(/^[.$]\/|@.*$/g, '').replace(/[^\w-]+/g, '_')}`;
  const count = (taken.get(base) ?? 0) + 1;
  taken.set(base, count);
  return count === 1 ? base : `${base}_${count}`;
}
