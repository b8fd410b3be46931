import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '#toolkit/errors';
import { type Environment, environmentSchema } from './schema.ts';

/** `moodle.version`, or `the file` for the top. */
const pathOf = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'the file' : path.join('.'));

/** One problem as a sentence that says what is valid. */
function sentence(issue: z.core.$ZodIssue, keysAt: (path: readonly PropertyKey[]) => string[]): string {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.map((key) => `"${key}"`).join(', ')} in ${path} is not known; the keys there are ${keysAt(issue.path).join(', ')}`;
    case 'invalid_type':
      return issue.input === undefined
        ? `"${path}" is missing`
        : `"${path}" must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `"${path}" must be one of ${issue.values.join(', ')}; it is ${JSON.stringify(issue.input)}`;
    case 'too_small':
      return `"${path}" must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}; it is ${JSON.stringify(issue.input)}`;
    case 'too_big':
      return `"${path}" must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}; it is ${JSON.stringify(issue.input)}`;
    default:
      return `"${path}" ${issue.message}`;
  }
}

/** A schema without the wrappers that defaults and optional values put around it, and a list as its elements. */
function unwrapped(schema: unknown): unknown {
  const { def } = (schema ?? {}) as { def?: { innerType?: unknown; element?: unknown } };
  const inner = def?.innerType ?? def?.element;
  return inner === undefined ? schema : unwrapped(inner);
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = environmentSchema;
  for (const key of path.filter((part) => typeof part === 'string')) {
    schema = unwrapped((schema as { shape?: Record<string, unknown> }).shape?.[key]);
  }
  return Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
}

/** @throws UserError when they are no object */
function checked(overrides: unknown): Record<string, unknown> {
  if (isSection(overrides)) return overrides;
  throw new UserError('Input "overrides" must be a JSON object, such as {"concurrentUsers": 300000}.');
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The file with other values for one run: sections are merged, lists are added to, all else is replaced. */
function merged(value: unknown, override: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(override)) return [...value, ...override];
  if (!isSection(value) || !isSection(override)) return override;
  const pairs = Object.entries(override).map(([key, other]) => [key, key in value ? merged(value[key], other) : other]);
  return { ...value, ...Object.fromEntries(pairs) };
}

/**
 * Reads an environment file.
 *
 * @param file its name, for messages
 * @param name the environment that the workflow was called for
 * @param overrides keys that are others for this run; see `merged`
 * @throws UserError with every problem, one a line
 */
export function parseEnvironment(text: string, file: string, name: string, overrides: unknown = {}): Environment {
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken !== undefined) {
    const cause = broken.message.split('\n')[0]?.replace(/:$/, '');
    throw new UserError(`${file} is not valid YAML: ${cause}.`);
  }
  const own: unknown = document.toJS();
  const others = checked(overrides);
  const values = isSection(own) ? merged(own, others) : own;
  const result = environmentSchema.safeParse(values, { reportInput: true });
  if (!result.success) {
    throw new UserError(result.error.issues.map((issue) => `${file}: ${sentence(issue, knownKeys)}.`).join('\n'));
  }
  if (result.data.name !== name) {
    throw new UserError(
      `${file}: "name" is ${result.data.name}, but the workflow was called for ${name}; they must be the same.`,
    );
  }
  return result.data;
}
