import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInputs } from './inputs.ts';
import { ActionLoader } from './load-action.ts';
import type { Call, Job, Workflow } from './model.ts';
import { type Parsed, parseWorkflow } from './parse.ts';
import { readPermissions } from './permissions.ts';
import { Problems } from './problems.ts';
import { readCondition, readSteps } from './read-steps.ts';
import { parseReference } from './references.ts';
import { refuseJob, refuseShell } from './refusals.ts';
import type { Snapshot, Sources } from './sources.ts';
import { entries, get, items, literal, type Token } from './tokens.ts';

/** GitHub's limits for reusable workflows: the caller and nine levels below it, and 50 different files in a run. */
const deepest = 10;
const mostFiles = 50;

/**
 * Reads a workflow, the reusable workflows it calls at every level, and every action that is known before a checkout.
 * Nothing is evaluated yet.
 *
 * @throws WorkflowRefused with all findings.
 */
export async function loadWorkflow(sources: Sources, source: Snapshot, path: string): Promise<Workflow> {
  const loader = new Loader(sources);
  const workflow = await loader.load(source, path, 1, { file: `${source.repository}/${path}`, line: 1 });
  loader.problems.check();
  if (workflow === undefined) throw new Error(`${source.repository}/${path} could not be read`);
  return workflow;
}

class Loader {
  readonly problems = new Problems();
  readonly #sources: Sources;
  readonly #actions: ActionLoader;
  readonly #files = new Set<string>();

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#actions = new ActionLoader(sources, this.problems);
  }

  async load(
    source: Snapshot,
    path: string,
    depth: number,
    from: { file: string; line: number },
  ): Promise<Workflow | undefined> {
    const file = `${source.repository}/${path}`;
    this.#files.add(`${file}@${source.sha}`);
    if (depth > deepest || this.#files.size > mostFiles) {
      this.problems.add(
        from.file,
        from.line,
        `more than ${deepest} levels or ${mostFiles} files of reusable workflows`,
      );
      return undefined;
    }
    const content = await readFile(join(source.directory, path), 'utf8').catch(() => undefined);
    if (content === undefined) {
      this.problems.add(from.file, from.line, `workflow was not found: ${file} at ${source.ref}`);
      return undefined;
    }
    const parsed = await parseWorkflow(file, content, this.problems);
    return parsed === undefined ? undefined : this.#read(source, path, file, parsed, depth);
  }

  async #read(source: Snapshot, path: string, file: string, parsed: Parsed, depth: number): Promise<Workflow> {
    const { root } = parsed;
    const events = readEvents(get(root, 'on'));
    const called = events.get('workflow_call');
    refuseShell(file, get(root, 'defaults', 'run', 'shell'), this.problems);
    const jobs = new Map<string, Job>();
    for (const { key, value } of entries(get(root, 'jobs'))) {
      jobs.set(key, await this.#readJob(source, file, parsed, key, value, depth));
    }
    return {
      source,
      path,
      name: literal(get(root, 'name')) ?? path,
      runName: get(root, 'run-name'),
      events,
      dispatchInputs: readInputs(events.get('workflow_dispatch')),
      callInputs: readInputs(called),
      callSecrets: new Map(
        entries(get(called, 'secrets')).map(({ key, value }) => [key, literal(get(value, 'required')) === 'true']),
      ),
      callOutputs: new Map(
        entries(get(called, 'outputs')).flatMap(({ key, value }) => {
          const token = get(value, 'value');
          return token === undefined ? [] : [[key, token] as const];
        }),
      ),
      permissions: readPermissions(get(root, 'permissions')),
      env: get(root, 'env'),
      defaults: get(root, 'defaults'),
      concurrency: get(root, 'concurrency'),
      jobs,
    };
  }

  async #readJob(
    source: Snapshot,
    file: string,
    parsed: Parsed,
    id: string,
    token: Token,
    depth: number,
  ): Promise<Job> {
    const condition = readCondition(parsed, get(token, 'if'));
    refuseJob(file, token, condition, this.problems);
    const needs = get(token, 'needs');
    const single = literal(needs);
    return {
      id,
      line: token.line ?? 1,
      name: get(token, 'name'),
      needs: single === undefined ? items(needs).map((item) => literal(item) ?? '') : [single],
      condition,
      permissions: readPermissions(get(token, 'permissions')),
      concurrency: get(token, 'concurrency'),
      strategy: get(token, 'strategy'),
      environment: get(token, 'environment'),
      runsOn: get(token, 'runs-on'),
      env: get(token, 'env'),
      defaults: get(token, 'defaults'),
      outputs: get(token, 'outputs'),
      timeout: get(token, 'timeout-minutes'),
      continueOnError: get(token, 'continue-on-error'),
      steps: await readSteps(file, parsed, get(token, 'steps'), this.problems, this.#actions.finder(source)),
      call: await this.#readCall(source, file, token, depth),
    };
  }

  async #readCall(source: Snapshot, file: string, job: Token, depth: number): Promise<Call | undefined> {
    const uses = literal(get(job, 'uses'));
    if (uses === undefined) return undefined;
    try {
      const reference = parseReference(uses);
      const target =
        reference.kind === 'remote' ? await this.#sources.snapshot(reference.repository, reference.ref) : source;
      if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(reference.path))
        throw new Error(`reusable workflow '${uses}' must be a file directly in .github/workflows`);
      const workflow = await this.load(target, reference.path, depth + 1, { file, line: job.line ?? 1 });
      if (workflow === undefined) return undefined;
      if (!workflow.events.has('workflow_call'))
        throw new Error(`'${uses}' is not a reusable workflow: it has no workflow_call trigger`);
      return { uses, with: get(job, 'with'), secrets: get(job, 'secrets'), workflow };
    } catch (error) {
      this.problems.add(file, job.line, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

function readEvents(on: Token | undefined): Map<string, Token> {
  const single = literal(on);
  if (on !== undefined && single !== undefined) return new Map([[single, on]]);
  const listed = items(on).map((item) => [literal(item) ?? '', item] as const);
  return new Map([...listed, ...entries(on).map(({ key, value }) => [key, value] as const)]);
}
