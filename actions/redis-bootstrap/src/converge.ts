/** Brings the cluster to the wanted topology, step by step, looking again after each. */
import { TimedOut, UserError } from '#toolkit/errors';
import { formatElapsed } from '#toolkit/process/clock';
import type { PodView } from './cluster-view.ts';
import { isDue, type PerformOptions, perform } from './perform.ts';
import { planTopology, type TopologyPlan } from './plan.ts';
import { isTurningPoint, nextSteps } from './steps.ts';
import { findProblems } from './verify.ts';

/** The cluster when everything about it is right. */
export interface Converged {
  pods: readonly PodView[];
  plan: TopologyPlan;
}

const LOOK_EVERY_MILLISECONDS = 250;
const REPORT_EVERY_MILLISECONDS = 5000;
/** A gossip round takes a second or two; what has not come about by then is done again. */
const AGAIN_AFTER_MILLISECONDS = 5000;
/** How long a refusal that may pass is waited out: a node timeout of 15 s, the vote of a failover, and a margin. */
const REFUSAL_PATIENCE_MILLISECONDS = 30_000;

/**
 * Plans, does what is planned, and looks again, until nothing is left to do and nothing is wrong.
 *
 * @param seen the pods as they were seen just now
 * @throws UserError when the cluster must not be touched; TimedOut with what is still wrong
 */
export async function converge(options: PerformOptions, seen?: readonly PodView[]): Promise<Converged> {
  const { nodes, wanted, clock, log, signal, deadline } = options;
  const started = clock.now();
  let reported = started;
  let last = { steps: '', at: 0 };
  let fresh: readonly PodView[] | undefined = seen;
  for (;;) {
    signal.throwIfAborted();
    const pods = fresh ?? (await nodes.observe());
    fresh = undefined;
    const plan = planTopology(pods, wanted);
    const { refusal, mayPass } = plan.classification;
    const patient = mayPass && clock.now() < Math.min(started + REFUSAL_PATIENCE_MILLISECONDS, deadline);
    if (refusal !== undefined && !patient) throw new UserError(refusal);
    const problems = findProblems(pods, wanted);
    if (plan.steps.length === 0 && problems.length === 0) return { pods, plan };
    const now = clock.now();
    const steps = sameness(plan);
    if (isDue(plan, problems) && (steps !== last.steps || now - last.at >= AGAIN_AFTER_MILLISECONDS)) {
      fresh = await perform(plan, pods, options);
      last = { steps, at: clock.now() };
      continue;
    }
    const wrong = summarizeProblems(problems);
    if (now >= deadline) {
      throw new TimedOut(`The cluster did not become right within ${formatElapsed(now - started)}: ${wrong}.`);
    }
    if (now - reported >= REPORT_EVERY_MILLISECONDS) {
      log.info(`Waiting for the cluster: ${wrong} (${formatElapsed(now - started)})`);
      reported = now;
    }
    await clock.sleep(Math.min(LOOK_EVERY_MILLISECONDS, deadline - now), signal);
  }
}

/** Plans that are alike in this are the same work: gossip does part of it between two looks, and is given time. */
function sameness({ steps }: TopologyPlan): string {
  const next = nextSteps(steps);
  return JSON.stringify(next.map((group) => (isTurningPoint(group) ? group : group[0]?.kind)));
}

/** The first few, and how many there are. */
export function summarizeProblems(problems: readonly string[]): string {
  const shown = problems.slice(0, 3).join('; ');
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}
