import { isMapping, type Value, type Values } from './values.ts';

/** The context keys that become GITHUB_* variables (GitHubContext.cs). GITHUB_TOKEN is never one of them. */
const githubVariables = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'env',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'output',
  'path',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'state',
  'step_summary',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
];

/** What the environment of one process is made of, from the weakest layer to the strongest. */
export interface EnvironmentLayers {
  /** PATH, HOME, LANG: what the machine gives. */
  readonly base: Readonly<Record<string, string>>;
  /** Workflow `env`, job `env`, GITHUB_ENV and step `env`, already merged in this order. */
  readonly env: Readonly<Record<string, string>>;
  readonly state?: ReadonlyMap<string, string>;
  /** Inputs of a node action by their declared names. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Directories that steps put before PATH, newest first. */
  readonly path: readonly string[];
  readonly github: Values;
  readonly runner: Values;
  /** ACTIONS_ID_TOKEN_REQUEST_* and, for node actions, ACTIONS_RUNTIME_*. */
  readonly services: Readonly<Record<string, string>>;
}

/** Builds the environment of a step's process. */
export function stepEnvironment(layers: EnvironmentLayers): Record<string, string> {
  const { base, env, state = new Map<string, string>(), inputs = {}, path, github, runner, services } = layers;
  const searchPath = [...path, env.PATH ?? base.PATH ?? ''].filter((part) => part !== '').join(':');
  return {
    ...base,
    ...env,
    ...Object.fromEntries([...state].map(([name, value]) => [`STATE_${name}`, value])),
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value])),
    PATH: searchPath,
    ...variables('GITHUB_', github, githubVariables),
    ...variables('RUNNER_', runner, Object.keys(runner)),
    CI: env.CI ?? base.CI ?? 'true',
    GITHUB_ACTIONS: 'true',
    ...services,
  };
}

/** The variable of an input: upper case, blanks become `_`, dashes and dots stay. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

function variables(prefix: string, context: Values, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value: Value | undefined = context[key];
      if (value === undefined || value === null || isMapping(value) || typeof value === 'object') return [];
      return [[`${prefix}${key.toUpperCase()}`, String(value)]];
    }),
  );
}
