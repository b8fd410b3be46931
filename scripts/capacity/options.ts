/** The command line of `npm run capacity`. */
import { parseArgs } from 'node:util';

export const HELP = `npm run capacity -- --users NUMBER [--assume NAME=VALUE]... [--json]
npm run capacity -- --document

Prints what the capacity model of infra/ (infra/modules/capacity) makes of a number of concurrent users: pods, nodes,
database, and the vCPU quota to ask for. terraform, or else tofu, evaluates the model; no cloud is asked.

  --users NUMBER         people using Moodle at the same time, at the busiest moment of the year
  --assume NAME=VALUE    another value for a constant of the model, such as think_seconds=40; may be repeated.
                         The names are in infra/modules/capacity/variables.tf
  --json                 the model's outputs as JSON
  --document             renew the table in docs/capacity.md
  --help                 this text

The cost is not estimated yet.`;

export type Options =
  | { task: 'help' }
  | { task: 'document' }
  | { task: 'size'; users: number; assumptions: Record<string, number>; json: boolean };

/** Reads the arguments. Throws one sentence for a wrong one; how many users are too many, the model says. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string' },
      assume: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { task: 'help' };
  if (values.document) {
    if (values.users !== undefined || values.json || values.assume.length > 0)
      throw new Error('--document takes no other option: the sizes in docs/capacity.md are fixed.');
    return { task: 'document' };
  }
  if (values.users === undefined) throw new Error('--users is missing; give a number, such as --users 400000.');
  return {
    task: 'size',
    users: toNumber('--users', values.users.replaceAll(/[,_]/g, '')),
    assumptions: Object.fromEntries(values.assume.map(assumption)),
    json: values.json,
  };
}

function assumption(given: string): [string, number] {
  const [, name, value] = /^([a-z_]+)=(.+)$/.exec(given) ?? [];
  if (name === undefined || value === undefined)
    throw new Error(`--assume is "${given}"; give NAME=VALUE, such as think_seconds=40.`);
  return [name, toNumber(`--assume ${name}`, value)];
}

function toNumber(option: string, given: string): number {
  if (!/^\d+(\.\d+)?$/.test(given)) throw new Error(`${option} is "${given}"; give a number.`);
  return Number(given);
}
