import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files through which a step speaks to the runner, fresh for every step. */
export interface CommandFiles {
  readonly env: string;
  readonly output: string;
  readonly path: string;
  readonly state: string;
  readonly summary: string;
}

/** What a step wrote to its files. */
export interface FileCommands {
  readonly env: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  readonly state: ReadonlyMap<string, string>;
  readonly summary: string;
  /** Faults in the files; each fails the step. */
  readonly errors: readonly string[];
}

/** GitHub's limit of one step's summary; a larger one is dropped with an error. */
const largestSummary = 1024 * 1024;

/** Makes the empty files in a directory. */
export async function makeCommandFiles(directory: string): Promise<CommandFiles> {
  await mkdir(directory, { recursive: true });
  const file = async (name: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, '');
    return path;
  };
  return {
    env: await file('set_env'),
    output: await file('set_output'),
    path: await file('add_path'),
    state: await file('save_state'),
    summary: await file('step_summary'),
  };
}

/** Reads the files after the step, also after one that failed. */
export async function readCommandFiles(files: CommandFiles): Promise<FileCommands> {
  const errors: string[] = [];
  const pairs = async (path: string, name: string): Promise<Map<string, string>> => {
    try {
      return parsePairs(await readFile(path, 'utf8'));
    } catch (error) {
      errors.push(
        `Unable to process file command '${name}' successfully: ${error instanceof Error ? error.message : String(error)}`,
      );
      return new Map();
    }
  };
  const env = await pairs(files.env, 'env');
  for (const name of [...env.keys()].filter((key) => key.toUpperCase() === 'NODE_OPTIONS')) {
    env.delete(name);
    errors.push("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  }
  const summary = await readFile(files.summary);
  if (summary.length > largestSummary)
    errors.push(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(summary.length / 1024)}k.`,
    );
  return {
    env,
    outputs: await pairs(files.output, 'output'),
    paths: (await readFile(files.path, 'utf8')).split(/\r?\n/).filter((line) => line !== ''),
    state: await pairs(files.state, 'state'),
    summary: summary.length > largestSummary ? '' : summary.toString('utf8'),
    errors,
  };
}

/**
 * Reads `NAME=VALUE` lines and `NAME<<DELIMITER` blocks as FileCommandManager.cs does: only LF ends a line, a value is
 * taken as it stands, whichever of `=` and `<<` comes first decides.
 *
 * @throws Error when a line is neither, or a block has no end.
 */
export function parsePairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      const name = line.slice(0, equals);
      if (name === '') throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.set(name, line.slice(equals + 1));
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === '' || delimiter === '')
      throw new Error(`Invalid format '${line}'. Name and delimiter must not be empty`);
    const end = lines.indexOf(delimiter, index + 1);
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
    pairs.set(name, lines.slice(index + 1, end).join('\n'));
    index = end;
  }
  return pairs;
}
