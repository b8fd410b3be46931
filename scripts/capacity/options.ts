/** The command line of `npm run capacity`. */
import { parseArgs } from 'node:util';
import type { Question } from './model.ts';
import { PUBLISHED_PRICES } from './published-prices.ts';

export const HELP = `npm run capacity -- --users NUMBER [--exam-start TIME] [--assume NAME=VALUE]... [--prices FILE] [--json]
npm run --silent capacity -- --fetch-prices REGION > FILE
npm run capacity -- --document

Prints what the capacity model of infra/ (infra/modules/capacity) makes of a number of concurrent users: pods, nodes,
database, the quota to ask for, the cost of a month, and what Azure does not carry. terraform, or else tofu, evaluates the
model; no cloud is asked.

  --users NUMBER         people using Moodle at the same time, at the busiest moment of the year
  --exam-start TIME      all of them begin the same exam within this time, such as 90s or 5m
  --assume NAME=VALUE    another value for a constant of the model, such as think_seconds=40; may be repeated.
                         The names are in infra/modules/capacity/variables.tf
  --prices FILE          prices of your own, in the form of scripts/capacity/prices.json
  --json                 the model's outputs and the cost as JSON
  --fetch-prices REGION  ask Azure's public price list for your region, such as swedencentral, and print a price file
  --document             renew the tables in docs/capacity.md
  --help                 this text`;

export type Options =
  | { task: 'help' }
  | { task: 'document' }
  | { task: 'fetch-prices'; region: string }
  | { task: 'size'; question: Question; prices: string; json: boolean };

/** Reads the arguments. Throws one sentence for a wrong one; how many users are too many, the model says. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string' },
      'exam-start': { type: 'string' },
      assume: { type: 'string', multiple: true, default: [] },
      prices: { type: 'string' },
      'fetch-prices': { type: 'string' },
      json: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { task: 'help' };
  const { document, users, 'fetch-prices': region, 'exam-start': examStart } = values;
  const others = [users, examStart, values.prices].some((value) => value !== undefined) || values.assume.length > 0;
  if (document) {
    if (others || values.json || region !== undefined)
      throw new Error('--document takes no other option: the sizes in docs/capacity.md are fixed.');
    return { task: 'document' };
  }
  if (region !== undefined) {
    if (others || values.json) throw new Error('--fetch-prices takes no other option: it prints a price file.');
    if (!/^[a-z][a-z0-9]+$/.test(region))
      throw new Error(`--fetch-prices is "${region}"; give a region by its short name, such as swedencentral.`);
    return { task: 'fetch-prices', region };
  }
  if (users === undefined) throw new Error('--users is missing; give a number, such as --users 400000.');
  return {
    task: 'size',
    question: {
      users: toNumber('--users', users.replaceAll(/[,_]/g, '')),
      ...(examStart === undefined ? {} : { examStartSeconds: toSeconds(examStart) }),
      assumptions: Object.fromEntries(values.assume.map(assumption)),
    },
    prices: values.prices ?? PUBLISHED_PRICES,
    json: values.json,
  };
}

function assumption(given: string): [string, number] {
  const [, name, value] = /^([a-z_]+)=(.+)$/.exec(given) ?? [];
  if (name === undefined || value === undefined)
    throw new Error(`--assume is "${given}"; give NAME=VALUE, such as think_seconds=40.`);
  return [name, toNumber(`--assume ${name}`, value)];
}

function toSeconds(given: string): number {
  const [, value, unit] = /^(\d+)(s|m)$/.exec(given) ?? [];
  if (value === undefined) throw new Error(`--exam-start is "${given}"; give seconds or minutes, such as 90s or 5m.`);
  return Number(value) * (unit === 'm' ? 60 : 1);
}

function toNumber(option: string, given: string): number {
  if (!/^\d+(\.\d+)?$/.test(given)) throw new Error(`${option} is "${given}"; give a number.`);
  return Number(given);
}
