/**
 * A stand-in for `gh` as far as docs/adopt.md uses it: repositories, environments, variables and secrets are in one file, and a
 * push goes to a bare repository beside it. What it does not know (a command, a flag, an address, a body) ends with its name,
 * and GitHub's own refusals are kept: nothing is set in an environment that was not made, and no workflow starts with an input
 * that it does not have.
 *
 * Commands and flags: https://cli.github.com/manual/. Addresses: https://docs.github.com/rest/deployments/environments.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';

/** What GitHub has in the end. */
export interface GitHubState {
  repositories: Record<string, { git: string; id: number; owner: { login: string; id: number } }>;
  environments: Record<string, { reviewers: unknown[]; branches: string[]; customBranches: boolean }>;
  /** By `environment/NAME`, or the name alone for those of the repository. */
  variables: Record<string, string>;
  secrets: Record<string, string>;
  runs: { workflow: string; inputs: Record<string, string> }[];
}

type Flags = Record<string, string[]>;

/** The flags of each command that take a value; `=`: one that takes none. */
const COMMANDS: Record<string, string[]> = {
  'repo create': ['source', '=private'],
  api: ['method', 'input', 'field', 'jq'],
  'variable set': ['repo', 'env', 'body'],
  'variable list': ['repo', 'env'],
  'secret set': ['repo', 'env'],
  'secret list': ['repo', 'env'],
  'workflow run': ['repo', 'field'],
  'run watch': ['repo'],
};

class Refusal extends Error {}

const standardInput = (): string => readFileSync(0, 'utf8');

/** Splits arguments into the command, its words and its flags. */
function read(args: readonly string[]): { command: string; words: string[]; flags: Flags } {
  const command = args[0] === 'api' ? 'api' : args.slice(0, 2).join(' ');
  const known = COMMANDS[command];
  if (known === undefined) throw new Refusal(`unknown command "${command}"`);
  const words: string[] = [];
  const flags: Flags = {};
  const rest = args.slice(command.split(' ').length);
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    const name = /^--(.+)$/.exec(word)?.[1];
    if (name === undefined) words.push(word);
    else if (known.includes(`=${name}`)) flags[name] = ['true'];
    else if (known.includes(name)) {
      at += 1;
      flags[name] = [...(flags[name] ?? []), rest[at] ?? ''];
    } else throw new Refusal(`unknown flag: ${word} of gh ${command}`);
  }
  return { command, words, flags };
}

function fieldsOf(flags: Flags): Record<string, string> {
  return Object.fromEntries((flags.field ?? []).map((field) => field.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

function createRepository(state: GitHubState, name: string, folder: string): string {
  if (!/^[\w-]+\/[\w.-]+$/.test(name)) throw new Refusal(`${name} is no OWNER/NAME`);
  const git = join(dirname(process.env.GH_STATE ?? ''), `${name.replace('/', '-')}.git`);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', git]);
  execFileSync('git', ['-C', resolve(folder), 'remote', 'add', 'origin', git]);
  state.repositories[name] = { git, id: 1234567, owner: { login: name.split('/')[0] ?? '', id: 7654321 } };
  return `https://github.com/${name}`;
}

/** The repository that a command names. */
function repositoryOf(state: GitHubState, name = ''): GitHubState['repositories'][string] {
  const found = state.repositories[name];
  if (found === undefined) throw new Refusal(`Could not resolve to a Repository with the name '${name}'.`);
  return found;
}

function environmentOf(state: GitHubState, name: string): GitHubState['environments'][string] {
  const found = state.environments[name];
  if (found === undefined) throw new Refusal(`HTTP 404: Not Found (environments/${name})`);
  return found;
}

interface Body {
  reviewers?: { type: string; id: number }[];
  deployment_branch_policy?: { protected_branches: boolean; custom_branch_policies: boolean } | null;
}

function putEnvironment(state: GitHubState, name: string, body: Body): unknown {
  const unknown = Object.keys(body).filter((key) => !['reviewers', 'deployment_branch_policy'].includes(key));
  if (unknown.length > 0) throw new Refusal(`HTTP 422: unknown ${unknown.join(', ')}`);
  for (const { type, id } of body.reviewers ?? [])
    if (!['User', 'Team'].includes(type) || !Number.isInteger(id)) throw new Refusal('HTTP 422: invalid reviewers');
  // A PUT is the whole: what it leaves out is gone.
  state.environments[name] = {
    reviewers: body.reviewers ?? [],
    branches: [],
    customBranches: body.deployment_branch_policy?.custom_branch_policies === true,
  };
  return { name };
}

function environment(state: GitHubState, name: string): unknown {
  const { reviewers } = environmentOf(state, name);
  const rules = reviewers.length === 0 ? [] : [{ type: 'required_reviewers', reviewers }];
  return { name, protection_rules: rules };
}

function api(state: GitHubState, address: string, flags: Flags): string {
  const method = flags.method?.[0] ?? 'GET';
  const [, repository, rest = '', name = ''] =
    /^repos\/([^/]+\/[^/]+)(?:\/(environments)(?:\/(.+))?)?$/.exec(address) ?? [];
  const body = flags.input?.[0] === '-' ? (JSON.parse(standardInput()) as Body) : {};
  const answer = (): unknown => {
    if (address === 'user' && method === 'GET') return { login: 'grace', id: 42 };
    const known = repositoryOf(state, repository);
    if (rest === '' && method === 'GET') return { name: repository?.split('/')[1], id: known.id, owner: known.owner };
    const policies = /^(.+)\/deployment-branch-policies$/.exec(name)?.[1];
    if (policies !== undefined && method === 'POST') {
      const found = environmentOf(state, policies);
      if (!found.customBranches) throw new Refusal('HTTP 404: Not Found (no custom branch policies)');
      found.branches.push(fieldsOf(flags).name ?? '');
      return { name: fieldsOf(flags).name };
    }
    if (name === '' && method === 'GET')
      return { environments: Object.keys(state.environments).map((one) => environment(state, one)) };
    if (name !== '' && !name.includes('/') && method === 'PUT') return putEnvironment(state, name, body);
    if (name !== '' && !name.includes('/') && method === 'GET') return environment(state, name);
    throw new Refusal(`not simulated: ${method} ${address}`);
  };
  const input = JSON.stringify(answer());
  const [filter] = flags.jq ?? [];
  return filter === undefined ? input : execFileSync('jq', ['-r', '-c', filter], { input, encoding: 'utf8' }).trimEnd();
}

/** Variables and secrets are of the repository, or of one of its environments. */
function keep(state: GitHubState, kind: 'variables' | 'secrets', verb: string, name: string, flags: Flags): string {
  repositoryOf(state, flags.repo?.[0]);
  const scope = flags.env?.[0];
  if (scope !== undefined) environmentOf(state, scope);
  const prefix = scope === undefined ? '' : `${scope}/`;
  if (verb === 'set') {
    state[kind][`${prefix}${name}`] = (flags.body?.[0] ?? standardInput()).replace(/[\r\n]+$/, '');
    return '';
  }
  const names = Object.keys(state[kind]).filter(
    (key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'),
  );
  return names
    .map((key) => key.slice(prefix.length))
    .sort()
    .join('\n');
}

interface Workflow {
  on: { workflow_dispatch?: { inputs?: Record<string, { options?: string[] }> } | null };
}

function runWorkflow(state: GitHubState, file: string, flags: Flags): string {
  const { git } = repositoryOf(state, flags.repo?.[0]);
  const text = execFileSync('git', ['-C', git, 'show', `main:.github/workflows/${file}`], { encoding: 'utf8' });
  const { on } = parse(text) as Workflow;
  if (!('workflow_dispatch' in on)) throw new Refusal(`${file} has no 'workflow_dispatch' trigger`);
  const inputs = fieldsOf(flags);
  for (const [name, value] of Object.entries(inputs)) {
    const declared = on.workflow_dispatch?.inputs?.[name];
    if (declared === undefined) throw new Refusal(`Unexpected inputs provided: ["${name}"]`);
    if (declared.options?.includes(value) === false) throw new Refusal(`${value} is no option of ${name}`);
  }
  state.runs.push({ workflow: file, inputs });
  return '';
}

/** Answers what the command prints. */
function gh(state: GitHubState, args: readonly string[]): string {
  const { command, words, flags } = read(args);
  const [first = ''] = words;
  if (words.length > 1) throw new Refusal(`gh ${command}: too many arguments: ${words.join(' ')}`);
  if (command === 'api') return api(state, first, flags);
  if (command === 'repo create') return createRepository(state, first, flags.source?.[0] ?? '');
  if (command === 'workflow run') return runWorkflow(state, first, flags);
  if (command === 'run watch')
    return repositoryOf(state, flags.repo?.[0]) && state.runs.length > 0
      ? 'completed'
      : 'found no in progress runs to watch';
  const [subject = '', verb = ''] = command.split(' ');
  return keep(state, subject === 'secret' ? 'secrets' : 'variables', verb, first, flags);
}

const file = process.env.GH_STATE ?? '';
const state = JSON.parse(readFileSync(file, 'utf8')) as GitHubState;
try {
  const printed = gh(state, process.argv.slice(2));
  if (printed !== '') console.log(printed);
  writeFileSync(file, JSON.stringify(state, null, 2));
} catch (error) {
  console.error(`gh: ${(error as Error).message}`);
  process.exitCode = 1;
}
