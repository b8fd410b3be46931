import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validateRunsIfCondition } from './gha.ts';
import type { Action, NodeAction, Substitution } from './model.ts';
import { type Parsed, parseAction, reportLate } from './parse.ts';
import type { Problems } from './problems.ts';
import { type FindAction, readSteps } from './read-steps.ts';
import type { Snapshot, Sources } from './sources.ts';
import { checkSubstituteInputs, isSubstituted } from './substitutes/names.ts';
import { entries, expressionOf, get, literal, type Token } from './tokens.ts';

/** GitHub's limit for composite actions inside each other. */
const deepest = 10;

/** Reads action manifests with everything they use. */
export class ActionLoader {
  readonly #sources: Sources;
  readonly #problems: Problems;

  constructor(sources: Sources, problems: Problems) {
    this.#sources = sources;
    this.#problems = problems;
  }

  /** How the `uses` of a file in `source` are found. A file in the job's workspace has no source, so no `$/`. */
  finder(source: Snapshot | undefined, depth = 0): FindAction {
    return async (reference, step) => {
      if (reference.kind === 'local') return undefined;
      if (reference.kind === 'self') {
        if (source === undefined) throw new Error(`'$/${reference.path}' has no meaning in an action of the workspace`);
        return this.load(source, reference.path, depth, `${source.repository}/${reference.path}`);
      }
      const { repository, path, ref } = reference;
      if (this.#sources.has(repository)) {
        return this.load(await this.#sources.snapshot(repository, ref), path, depth, `${repository}/${path}@${ref}`);
      }
      if (!isSubstituted(repository) || path !== '')
        throw new Error(
          `action '${repository}${path && `/${path}`}@${ref}' is neither mapped to a directory nor has it a substitute here`,
        );
      checkSubstituteInputs(
        repository,
        new Map(entries(get(step, 'with')).map(({ key, value }) => [key, literal(value)])),
      );
      return { kind: 'substitute', repository: repository.toLowerCase() } satisfies Substitution;
    };
  }

  /** Reads the action in a directory of a snapshot. */
  async load(source: Snapshot, path: string, depth: number, name: string): Promise<Action | undefined> {
    return this.loadFrom(join(source.directory, path), source, depth, name);
  }

  /**
   * Reads the action in a directory.
   *
   * @throws Error in the runner's words when there is no action.
   */
  async loadFrom(
    directory: string,
    source: Snapshot | undefined,
    depth: number,
    name: string,
  ): Promise<Action | undefined> {
    if (depth >= deepest)
      throw new Error(`action '${name}': composite actions are nested more than ${deepest} levels deep`);
    const manifest = ['action.yml', 'action.yaml']
      .map((file) => join(directory, file))
      .find((file) => existsSync(file));
    if (manifest === undefined) {
      if (existsSync(join(directory, 'Dockerfile'))) throw new Error(`docker action '${name}' is not simulated`);
      throw new Error(`Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action '${name}'`);
    }
    const file = `${name}/${manifest.endsWith('yml') ? 'action.yml' : 'action.yaml'}`;
    const parsed = parseAction(file, await readFile(manifest, 'utf8'), this.#problems);
    if (parsed === undefined) return undefined;
    const action = await this.#read(file, parsed, directory, source, depth);
    reportLate(parsed, file, this.#problems);
    return action;
  }

  async #read(
    file: string,
    parsed: Parsed,
    directory: string,
    source: Snapshot | undefined,
    depth: number,
  ): Promise<Action | undefined> {
    const { root } = parsed;
    const base = {
      name: literal(get(root, 'name')) ?? file,
      directory,
      source,
      inputs: new Map(entries(get(root, 'inputs')).map(({ key, value }) => [key, get(value, 'default')])),
      outputs: new Map(entries(get(root, 'outputs')).map(({ key, value }) => [key, get(value, 'value')])),
    };
    const runs = get(root, 'runs');
    const using = literal(get(runs, 'using')) ?? '';
    if (using === 'composite') {
      const steps = await readSteps(file, parsed, get(runs, 'steps'), this.#problems, this.finder(source, depth + 1));
      return { ...base, kind: 'composite', steps };
    }
    if (using !== 'node24') {
      this.#problems.add(
        file,
        get(runs, 'using')?.line,
        `runs.using '${using}' is not simulated; only node24 and composite are`,
      );
      return undefined;
    }
    return this.#node(file, parsed, base, runs);
  }

  #node(
    file: string,
    parsed: Parsed,
    base: Omit<NodeAction, 'kind' | 'main' | 'pre' | 'preIf' | 'post' | 'postIf'>,
    runs: Token | undefined,
  ): NodeAction {
    const script = (key: string): string | undefined => {
      const path = literal(get(runs, key));
      if (path !== undefined && !existsSync(join(base.directory, path)))
        this.#problems.add(file, get(runs, key)?.line, `runs.${key}: ${path} does not exist in the commit that is run`);
      return path;
    };
    // Unlike a step's `if`, these are evaluated as they stand; only a missing one means always().
    const condition = (key: string): string => {
      const token = get(runs, key);
      const text = expressionOf(token) ?? literal(token);
      if (token === undefined || text === undefined) return 'always()';
      validateRunsIfCondition(parsed.context, token, text);
      return text;
    };
    return {
      ...base,
      kind: 'node',
      main: script('main') ?? '',
      pre: script('pre'),
      preIf: condition('pre-if'),
      post: script('post'),
      postIf: condition('post-if'),
    };
  }
}
