import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { GateMode } from './runner/options.ts';

/** The phases of the pipeline, in the order in which a report lists them. */
export const PHASES = [
  'plan',
  'gate',
  'recheck',
  'infra',
  'redis-sessions',
  'redis-cache',
  'pgbouncer-image',
  'image',
  'services',
  'database',
  'web',
  'cron',
  'frontend',
  'approve-pls',
  'smoke',
] as const;

/** What a person asked for. */
export interface Arguments {
  environment: string;
  /** A file in place of `environments/ENVIRONMENT.yml`. */
  environmentFile?: string;
  mode: 'plan' | 'apply';
  gate: GateMode;
  /** The gates of single environments, where they are answered otherwise. */
  gates: Record<string, GateMode>;
  again: boolean;
  keep: boolean;
  json: boolean;
  worktree: boolean;
  down: boolean;
  pullRequest: boolean;
  noPreview: boolean;
  caller: boolean;
  /** The pull request comes from a fork. */
  fork: boolean;
  /** *Re-run failed jobs* of the last run. */
  rerunFailed: boolean;
  /** A file of .github/workflows/, without .yml, in place of `deploy`. */
  workflow?: string;
  /** Its inputs beside `environment` and `mode`. */
  inputs: Record<string, string>;
  redisNodes: number;
  only?: string;
  fail?: string;
  /** A file with faults by stage, see `faults/fault.ts`. */
  faults?: string;
  /** What somebody changes while the reviewer thinks. */
  changeAfterGate?: { variable: string; value: number };
  moodle?: string;
  kubeconfig?: string;
}

/** What `--help` prints; a file of its own, so that it can be read before anything is installed. */
export const HELP = readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8');

/** A wrong command line, as one sentence. */
export class ArgumentError extends Error {}

function oneOf<const T extends string>(name: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new ArgumentError(`--${name} must be one of ${values.join(', ')}; it is "${value}".`);
  return found;
}

/** Parses the command line; `help` when help was asked for. */
export function parseArguments(args: readonly string[]): Arguments | 'help' {
  const { values } = parse(args);
  if (values.help) return 'help';
  const redisNodes = Number(values['redis-nodes'] ?? '6');
  if (!Number.isInteger(redisNodes) || redisNodes < 6 || redisNodes > 40 || redisNodes % 2 !== 0) {
    throw new ArgumentError(`--redis-nodes must be an even number from 6 to 40; it is "${values['redis-nodes']}".`);
  }
  // A promotion begins there.
  const environment = values.environment ?? (values.workflow === 'promote' ? 'development' : 'production');
  if (!/^[a-z0-9][a-z0-9-]*$/i.test(environment)) {
    throw new ArgumentError(
      `--environment must be the name of a file in environments/, without .yml; it is "${environment}".`,
    );
  }
  if (values.only !== undefined) oneOf('only', values.only.split('/').at(-1) ?? '', PHASES);
  if (values.fail !== undefined) oneOf('fail', values.fail.split(':')[0]?.split('/').at(-1) ?? '', PHASES);
  if (values.input !== undefined && values.workflow === undefined)
    throw new ArgumentError('--input is for the workflow that --workflow names, and it names none.');
  if (values.workflow !== undefined && values['pull-request'])
    throw new ArgumentError('--workflow and --pull-request name two workflows; give one of them.');
  if (values.fork && !values['pull-request'])
    throw new ArgumentError('--fork is for --pull-request: only a pull request comes from a fork.');
  const changeAfterGate = parseChange(values['change-after-gate']);
  return {
    environment,
    mode: oneOf('mode', values.mode ?? 'apply', ['plan', 'apply']),
    ...parseGates(values.gate ?? []),
    again: values.again ?? values['rerun-failed'] ?? false,
    keep: values.keep ?? false,
    json: values.json ?? false,
    worktree: values.worktree ?? false,
    down: values.down ?? false,
    pullRequest: values['pull-request'] ?? false,
    noPreview: values['no-preview'] ?? false,
    caller: values.caller ?? false,
    fork: values.fork ?? false,
    rerunFailed: values['rerun-failed'] ?? false,
    inputs: parseInputs(values.input ?? []),
    redisNodes,
    ...(values.workflow === undefined ? {} : { workflow: values.workflow }),
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.faults === undefined ? {} : { faults: values.faults }),
    ...(values.fail === undefined ? {} : { fail: values.fail }),
    ...(changeAfterGate === undefined ? {} : { changeAfterGate }),
    ...(values['environment-file'] === undefined ? {} : { environmentFile: values['environment-file'] }),
    ...(values.moodle === undefined ? {} : { moodle: values.moodle }),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
  };
}

/** `approve` for all gates, `production=reject` for one. */
function parseGates(texts: readonly string[]): Pick<Arguments, 'gate' | 'gates'> {
  const read = (text: string): GateMode => oneOf('gate', text, ['approve', 'reject', 'ask', 'expire']);
  const pairs = texts.filter((text) => text.includes('=')).map((text) => text.split('='));
  return {
    gate: read(texts.findLast((text) => !text.includes('=')) ?? 'approve'),
    gates: Object.fromEntries(pairs.map(([environment = '', text = '']) => [environment, read(text)])),
  };
}

/** `NAME=VALUE` each; a value may have an equals sign. */
function parseInputs(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text): [string, string] => {
    const [, name, value] = /^([\w-]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new ArgumentError(`--input must be a name and a value, such as users=2000; it is "${text}".`);
    return [name, value];
  });
  return Object.fromEntries(pairs);
}

function parseChange(text: string | undefined): Arguments['changeAfterGate'] {
  if (text === undefined) return undefined;
  const [, variable, value] = /^([a-z][a-z0-9_]*)=(\d+)$/.exec(text) ?? [];
  if (variable === undefined)
    throw new ArgumentError(
      `--change-after-gate must be a variable of infra/ and a number, such as log_retention_days=90; it is "${text}".`,
    );
  return { variable, value: Number(value) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        environment: { type: 'string' },
        'environment-file': { type: 'string' },
        mode: { type: 'string' },
        gate: { type: 'string', multiple: true },
        again: { type: 'boolean' },
        keep: { type: 'boolean' },
        down: { type: 'boolean' },
        json: { type: 'boolean' },
        worktree: { type: 'boolean' },
        only: { type: 'string' },
        fail: { type: 'string' },
        faults: { type: 'string' },
        'change-after-gate': { type: 'string' },
        moodle: { type: 'string' },
        kubeconfig: { type: 'string' },
        'redis-nodes': { type: 'string' },
        'pull-request': { type: 'boolean' },
        'no-preview': { type: 'boolean' },
        caller: { type: 'boolean' },
        fork: { type: 'boolean' },
        'rerun-failed': { type: 'boolean' },
        workflow: { type: 'string' },
        input: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}
