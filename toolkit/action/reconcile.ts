import type { Log } from '../log.ts';
import { countSteps, formatSteps, type Outcome, type Step } from './steps.ts';

/** The four parts of every action. */
export interface Reconciler<Observed, Plan extends { steps: readonly Step[] }> {
  /** Reads what there is; changes nothing. */
  observe: () => Promise<Observed>;
  /** Pure: the least steps from what there is to what is wanted. Throws `UserError` when that must not be done. */
  plan: (observed: Observed) => Plan;
  /** Does the steps. Each is idempotent, so that a run that was killed can be run again. */
  apply: (plan: Plan, observed: Observed) => Promise<void>;
  /** Proves the outcome by looking again; also when there was nothing to do. */
  verify: (plan: Plan) => Promise<void>;
}

/** How it ended, with what was seen before. */
export interface Reconciled<Observed, Plan> {
  outcome: Outcome;
  observed: Observed;
  plan: Plan;
}

/** Observes, plans, and, in mode `apply`, applies and verifies, each in a group of the log. */
export async function reconcile<Observed, Plan extends { steps: readonly Step[] }>(
  mode: 'plan' | 'apply',
  log: Log,
  reconciler: Reconciler<Observed, Plan>,
): Promise<Reconciled<Observed, Plan>> {
  const observed = await log.group('Observe', reconciler.observe);
  const plan = await log.group('Plan', async () => {
    const made = reconciler.plan(observed);
    for (const line of formatSteps(made.steps)) log.info(line);
    return made;
  });
  log.info(countSteps(plan.steps));
  const changes = plan.steps.length > 0;
  if (mode === 'plan') return { outcome: changes ? 'planned' : 'unchanged', observed, plan };
  if (changes) await log.group('Apply', () => reconciler.apply(plan, observed));
  await log.group('Verify', () => reconciler.verify(plan));
  return { outcome: changes ? 'applied' : 'unchanged', observed, plan };
}
