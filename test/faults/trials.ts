/**
 * Which faults a run injects, chosen by a seed. A trial is one fault (a single), or two at requests that follow one another
 * (a pair). Several trials share a run, each in a stage or an attempt of its own, or many requests apart. Pure.
 */
import type { Fault, FaultPlan, FaultReport, RequestFault, Service } from '../../rehearsal/faults/fault.ts';
import { type Random, seeded } from '../support/random.ts';

/** One fault, or two that belong together. */
export interface Trial {
  id: string;
  stage: string;
  /** Attempt of the stage, counted from 0. */
  attempt: number;
  faults: Fault[];
}

/** Singles of one attempt are at least so many requests apart: what one has led to is over when the next comes. */
const APART = 6;

const REFUSALS = ['throttled', 'server-error', 'unavailable', 'slow', 'reset', 'lost-answer', 'truncated'] as const;
const KINDS: Record<Service, readonly RequestFault['kind'][]> = {
  github: [...REFUSALS, 'expired-token'],
  azure: [...REFUSALS, 'expired-token', 'stale-read'],
  'front-door': REFUSALS,
  kubernetes: [...REFUSALS, 'expired-token', 'stale-read'],
  terraform: [...REFUSALS, 'expired-token'],
};
const ENDINGS = ['kill', 'kill-tree', 'terminate'] as const;
const LOSSES = ['pod-out-of-memory', 'zone-lost'] as const;

/** Where a stage's requests of a run without faults went. */
type Requests = Partial<Record<Service, number>>;

/** A request of an attempt. */
type Where = Pick<RequestFault, 'service' | 'nth'>;

/** A request of the stage, chosen among all of all services. */
function anyRequest(random: Random, requests: Requests): Where | undefined {
  const all = Object.entries(requests) as [Service, number][];
  const total = all.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let chosen = random.below(total);
  for (const [service, count] of all) {
    if (chosen < count) return { service, nth: chosen + 1 };
    chosen -= count;
  }
  return undefined;
}

/** What kind of trials an attempt gets. */
interface Choice {
  /** It changes something, so that pods may be lost meanwhile. */
  changes: boolean;
  pairs: boolean;
}

/** The trials of one attempt. */
function trialsOfAttempt(random: Random, requests: Requests, { changes, pairs }: Choice): Fault[][] {
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const at = anyRequest(random, requests);
  if (at === undefined || random.chance(0.08)) return [[{ id: '', kind: 'disk-full' }]];
  const requestFault = ({ service, nth }: Where): RequestFault => ({
    id: '',
    kind: random.pick(KINDS[service]),
    service,
    nth,
  });
  const singles: Fault[][] = [];
  const taken: Where[] = [];
  const isApart = (one: Where): boolean =>
    taken.every((other) => other.service !== one.service || Math.abs(other.nth - one.nth) >= APART);
  const add = (where: Where | undefined, make: (where: Where) => Fault[]): void => {
    if (where === undefined || !isApart(where)) return;
    taken.push(where);
    singles.push(make(where));
  };
  const many = Math.min(4, Math.ceil(total / 12));
  for (let count = pairs ? 0 : many; count > 0; count -= 1)
    add(anyRequest(random, requests), (where) => [requestFault(where)]);
  for (let count = pairs ? many : 0; count > 0; count -= 1)
    add(anyRequest(random, requests), (where) => [requestFault(where), requestFault({ ...where, nth: where.nth + 1 })]);
  if (random.chance(0.3)) {
    const kinds = changes && requests.kubernetes !== undefined ? [...ENDINGS, ...LOSSES] : ENDINGS;
    add(anyRequest(random, requests), (where) => [{ id: '', kind: random.pick(kinds), ...where }]);
  }
  return singles.length > 0 ? singles : [[requestFault(at)]];
}

/** Chooses the trials of a run, from what a run without faults asked. Odd seeds choose singles, even ones pairs. */
export function chooseTrials(seed: number, reference: FaultReport): Trial[] {
  const random = seeded(seed);
  const trials: Trial[] = [];
  for (const { stage, attempts } of reference) {
    const requests = attempts[0]?.requests ?? {};
    const changes = !stage.includes('/plan/');
    const rounds = changes ? 3 : 1;
    for (let attempt = 0; attempt < rounds; attempt += 1)
      for (const faults of trialsOfAttempt(random, requests, { changes, pairs: seed % 2 === 0 })) {
        const id = `${seed}.${trials.length + 1}`;
        trials.push({ id, stage, attempt, faults: faults.map((fault, index) => ({ ...fault, id: `${id}.${index}` })) });
      }
  }
  return trials;
}

/** The trials as the rehearsal takes them. */
export function planOf(trials: readonly Trial[]): FaultPlan {
  const plan: Record<string, Fault[][]> = {};
  for (const { stage, attempt, faults } of trials) {
    plan[stage] ??= [];
    const attempts = plan[stage];
    while (attempts.length <= attempt) attempts.push([]);
    attempts[attempt]?.push(...faults);
  }
  return plan;
}
