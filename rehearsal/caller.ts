/**
 * The repository that calls ours: a copy of `examples/caller`, as a platform team has it; or, to start a workflow that has no
 * button, one that has nothing but a call of it and our environment files.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ArgumentError, type Arguments } from './arguments.ts';
import { REPOSITORY, rehearsalDirectory, repositoryRoot } from './layout.ts';

/** The calling repository's workflow. */
const CALLER_PATH = '.github/workflows/moodle.yml';

/** The template that platform teams copy. */
export const exampleCaller = join(repositoryRoot, 'examples/caller');

type Declared = Record<string, { type?: string }>;

/** A workflow of ours that is to be started: by its button, or by a call. */
export interface Target {
  path: string;
  /** Absent when it has no button. */
  dispatchInputs?: Declared;
  /** Absent when it cannot be called. */
  callInputs?: Declared;
  /** Absent unless it can be called. */
  callSecrets: string[];
  /** What its jobs ask for, which is what a caller must grant. */
  permissions: Record<string, string>;
}

interface File {
  on: {
    workflow_dispatch?: { inputs?: Declared } | null;
    workflow_call?: { inputs?: Declared; secrets?: Record<string, unknown> } | null;
  };
  jobs: Record<string, { permissions?: Record<string, string> }>;
}

/**
 * Reads the workflow that was asked for; `environment` when only `--caller` was given.
 *
 * @throws ArgumentError when there is no such file, or neither a person nor another workflow can start it
 */
export function readTarget({ workflow = 'environment' }: Arguments): Target {
  const path = `.github/workflows/${workflow}.yml`;
  const file = join(repositoryRoot, path);
  if (!existsSync(file)) throw new ArgumentError(`--workflow names ${path}, and there is no such file.`);
  const { on, jobs } = parse(readFileSync(file, 'utf8')) as File;
  const permissions: Record<string, string> = {};
  for (const job of Object.values(jobs))
    for (const [name, level] of Object.entries(job.permissions ?? {}))
      if (permissions[name] !== 'write') permissions[name] = level;
  const target: Target = {
    path,
    permissions,
    callSecrets: Object.keys(on.workflow_call?.secrets ?? {}),
    ...('workflow_dispatch' in on ? { dispatchInputs: on.workflow_dispatch?.inputs ?? {} } : {}),
    ...('workflow_call' in on ? { callInputs: on.workflow_call?.inputs ?? {} } : {}),
  };
  if (target.dispatchInputs === undefined && target.callInputs === undefined)
    throw new ArgumentError(`${path} has neither workflow_dispatch nor workflow_call; it cannot be started.`);
  return target;
}

/** The inputs that were given, and those that every rehearsal has and this workflow takes. */
export function inputsFor(declared: Declared, args: Arguments): Record<string, string> {
  const common = { environment: args.environment, mode: args.mode };
  const taken = Object.entries(common).filter(([name]) => name in declared);
  return { ...Object.fromEntries(taken), ...args.inputs };
}

/** A value as its caller must write it: GitHub converts nothing that is passed to a called workflow. */
function typed(value: string, type: string | undefined): unknown {
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  return type === 'number' && value !== '' ? Number(value) : value;
}

/** The workflow of the template that a name stands for, if it has it. */
function ownWorkflow(directory: string, { workflow, pullRequest }: Arguments): string | undefined {
  const path = `.github/workflows/${workflow ?? (pullRequest ? 'preview' : 'deploy')}.yml`;
  return existsSync(join(directory, path)) ? path : undefined;
}

/** Makes the repository; answers its folder, what is started there, and with which inputs. */
export function makeCaller(args: Arguments): { directory: string; path: string; inputs: Record<string, string> } {
  const directory = join(rehearsalDirectory, 'caller');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, '.github/workflows'), { recursive: true });
  if (args.caller) copyExample(directory);
  else cpSync(join(repositoryRoot, 'environments'), join(directory, 'environments'), { recursive: true });
  const own = ownWorkflow(directory, args);
  const started =
    own === undefined ? writeCall(directory, args) : { path: own, inputs: inputsOf(directory, own, args) };
  const git = (...words: string[]): void => {
    const identity = ['-c', 'user.name=Grace', '-c', 'user.email=grace@example.org'];
    // The same files are the same commit: failed jobs that are run again run at the commit of the first attempt.
    const date = '2026-01-01T00:00:00Z';
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    execFileSync('git', [...identity, ...words], { cwd: directory, stdio: 'pipe', env });
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=Deploy Moodle');
  return { directory, ...started };
}

/** The template with this repository's name where its README says to put it. */
function copyExample(directory: string): void {
  cpSync(exampleCaller, directory, { recursive: true });
  const workflows = join(directory, '.github/workflows');
  for (const name of readdirSync(workflows)) {
    const text = readFileSync(join(workflows, name), 'utf8');
    writeFileSync(join(workflows, name), text.replace(/OWNER\/REPO(\/\S+)@v1\b/g, `${REPOSITORY}$1@main`));
  }
}

function inputsOf(directory: string, path: string, args: Arguments): Record<string, string> {
  const { on } = parse(readFileSync(join(directory, path), 'utf8')) as File;
  return inputsFor(on.workflow_dispatch?.inputs ?? {}, args);
}

/** Writes a workflow that does nothing but call one of ours. */
function writeCall(directory: string, args: Arguments): { path: string; inputs: Record<string, string> } {
  const target = readTarget(args);
  const { callInputs } = target;
  if (callInputs === undefined)
    throw new ArgumentError(`${target.path} has no workflow_call; another repository cannot call it.`);
  const inputs = inputsFor(callInputs, args);
  const secrets = target.callSecrets.map((name) => [name, `\${{ secrets.${name} }}`]);
  const call = {
    permissions: target.permissions,
    uses: `${REPOSITORY}/${target.path}@main`,
    with: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, typed(value, callInputs[name]?.type)]),
    ),
    ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
  };
  const workflow = { name: 'Moodle', on: 'workflow_dispatch', permissions: {}, jobs: { moodle: call } };
  writeFileSync(join(directory, CALLER_PATH), stringify(workflow));
  return { path: CALLER_PATH, inputs: {} };
}
