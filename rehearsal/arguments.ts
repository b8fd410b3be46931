import { parseArgs } from 'node:util';

/** The phases of the pipeline, in the order in which a report lists them. */
export const PHASES = [
  'plan',
  'gate',
  'infra',
  'redis-sessions',
  'redis-cache',
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
  mode: 'plan' | 'apply';
  gate: 'approve' | 'reject' | 'ask';
  again: boolean;
  keep: boolean;
  json: boolean;
  worktree: boolean;
  down: boolean;
  pullRequest: boolean;
  caller: boolean;
  redisNodes: number;
  only?: string;
  fail?: string;
  moodle?: string;
  kubeconfig?: string;
}

export const HELP = `Runs the whole pipeline on this machine: the real workflow and bundles, real Redis, PgBouncer
and PostgreSQL, and stand-ins for Azure, GitHub and Kubernetes. It ends with .rehearsal/report.html.

  npm run rehearse [-- OPTIONS]

  --environment NAME     an environment of environments/ (default: production)
  --mode plan|apply      only show what would be done, or do it (default: apply)
  --pull-request         what a pull request shows: the plans of all environments and the comment
  --caller               from another repository that calls the reusable workflow
  --gate approve|reject|ask
                         how the reviewer of the gate decides (default: approve)
  --again                on the state that the last rehearsal left: everything should be unchanged
  --keep                 leave the environment up afterwards, and say how to look inside
  --down                 stop an environment that was kept
  --only PHASE           run this phase and what it needs
                         (${PHASES.slice(0, 7).join(', ')},
                         ${PHASES.slice(7).join(', ')})
  --fail STEP            make one step fail: PHASE or PHASE:STEP
  --redis-nodes N        nodes of each Redis Cluster, 6 to 40, even (default: 6)
  --moodle DIR           a real Moodle tree in place of the stand-in
  --kubeconfig FILE      a real cluster in place of the Kubernetes stand-in
  --worktree             rehearse the files as they are, not the last commit
  --json                 print the report as JSON, and nothing else, on standard output
  --help
`;

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
  const environment = values.environment ?? 'production';
  if (!/^[a-z0-9][a-z0-9-]*$/i.test(environment)) {
    throw new ArgumentError(
      `--environment must be the name of a file in environments/, without .yml; it is "${environment}".`,
    );
  }
  if (values.only !== undefined) oneOf('only', values.only, PHASES);
  if (values.fail !== undefined) oneOf('fail', values.fail.split(':')[0] ?? '', PHASES);
  return {
    environment,
    mode: oneOf('mode', values.mode ?? 'apply', ['plan', 'apply']),
    gate: oneOf('gate', values.gate ?? 'approve', ['approve', 'reject', 'ask']),
    again: values.again ?? false,
    keep: values.keep ?? false,
    json: values.json ?? false,
    worktree: values.worktree ?? false,
    down: values.down ?? false,
    pullRequest: values['pull-request'] ?? false,
    caller: values.caller ?? false,
    redisNodes,
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.fail === undefined ? {} : { fail: values.fail }),
    ...(values.moodle === undefined ? {} : { moodle: values.moodle }),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        environment: { type: 'string' },
        mode: { type: 'string' },
        gate: { type: 'string' },
        again: { type: 'boolean' },
        keep: { type: 'boolean' },
        down: { type: 'boolean' },
        json: { type: 'boolean' },
        worktree: { type: 'boolean' },
        only: { type: 'string' },
        fail: { type: 'string' },
        moodle: { type: 'string' },
        kubeconfig: { type: 'string' },
        'redis-nodes': { type: 'string' },
        'pull-request': { type: 'boolean' },
        caller: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}
