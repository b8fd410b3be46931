/** Brings the cluster to the wanted topology, step by step, looking again after each. */
import { TimedOut, UserError } from '#toolkit/errors';
import type { Log } from '#toolkit/log';
import { type Clock, formatElapsed } from '#toolkit/process/clock';
import type { Wanted } from './classify.ts';
import { livePods, type PodView } from './cluster-view.ts';
import { greeting, stepFailure, stepRequest } from './commands.ts';
import { describeStep } from './describe.ts';
import type { RedisNodes } from './nodes.ts';
import { type ClusterStep, planTopology, STEP_ORDER, type TopologyPlan } from './plan.ts';
import { findProblems } from './verify.ts';

/** What converging needs from outside, and its bound. */
export interface ConvergeOptions {
  nodes: RedisNodes;
  wanted: Wanted;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** The moment, in milliseconds of the clock, at which to give up. */
  deadline: number;
  /** Called after each kind of steps is done. */
  onDone?: (steps: readonly ClusterStep[]) => void;
}

/** The cluster when everything about it is right. */
export interface Converged {
  pods: readonly PodView[];
  plan: TopologyPlan;
}

const LOOK_EVERY_MILLISECONDS = 250;
const REPORT_EVERY_MILLISECONDS = 5000;
/** A gossip round takes a second or two; what has not come about by then is done again. */
const AGAIN_AFTER_MILLISECONDS = 5000;
/** A node that has just been met may be unknown to its replica for some gossip rounds: 10 s in all. */
const REPLICATE_RETRIES = 50;
/** How long a refusal that may pass is waited out: a node timeout of 15 s, the vote of a failover, and a margin. */
const REFUSAL_PATIENCE_MILLISECONDS = 30_000;

/**
 * Plans, does what is planned, and looks again, until nothing is left to do and nothing is wrong.
 *
 * @throws UserError when the cluster must not be touched; TimedOut with what is still wrong
 */
export async function converge(options: ConvergeOptions): Promise<Converged> {
  const { nodes, wanted, clock, log, signal } = options;
  const started = clock.now();
  let reported = started;
  let last = { kind: '', at: 0 };
  for (;;) {
    signal.throwIfAborted();
    const pods = await nodes.observe();
    const plan = planTopology(pods, wanted);
    const { refusal, mayPass } = plan.classification;
    const patient = mayPass && clock.now() - started < REFUSAL_PATIENCE_MILLISECONDS;
    if (refusal !== undefined && !patient) throw new UserError(refusal);
    const problems = findProblems(pods, wanted);
    if (plan.steps.length === 0 && problems.length === 0) return { pods, plan };
    const now = clock.now();
    const [next] = plan.steps;
    if (next !== undefined && (next.kind !== last.kind || now - last.at >= AGAIN_AFTER_MILLISECONDS)) {
      await perform(plan.steps, pods, options);
      last = { kind: next.kind, at: clock.now() };
      continue;
    }
    const wrong = summarizeProblems(problems);
    if (now >= options.deadline) {
      throw new TimedOut(`The cluster did not become right within ${formatElapsed(now - started)}: ${wrong}.`);
    }
    if (now - reported >= REPORT_EVERY_MILLISECONDS) {
      log.info(`Waiting for the cluster: ${wrong} (${formatElapsed(now - started)})`);
      reported = now;
    }
    await clock.sleep(Math.min(LOOK_EVERY_MILLISECONDS, options.deadline - now), signal);
  }
}

/** Does the steps kind by kind, each kind as one exec. After a reset the nodes have new ids, so the rest waits for a new plan. */
async function perform(
  steps: readonly ClusterStep[],
  pods: readonly PodView[],
  options: ConvergeOptions,
): Promise<void> {
  const live = livePods(pods);
  const byName = new Map(live.map((pod) => [pod.pod, pod]));
  for (const kind of STEP_ORDER) {
    const some = steps.filter((step) => step.kind === kind);
    if (some.length === 0) continue;
    options.signal.throwIfAborted();
    const requests = some.map((step) => stepRequest(step, byName));
    const replies = await options.nodes.send(requests, live, kind === 'replicate' ? REPLICATE_RETRIES : 0);
    const failures = some.flatMap((step, index) => {
      const reply = replies[index];
      return (reply && stepFailure(step, reply)) ?? [];
    });
    if (failures.length > 0) throw new Error(`${failures.join('; ')}.`);
    if (kind === 'replicate') {
      const moved = new Set(some.map(({ pod }) => pod));
      const greetings = live.filter(({ pod }) => moved.has(pod)).map((replica) => greeting(replica, live));
      await options.nodes.send(greetings, live);
    }
    for (const { action, target, reason } of some.map(describeStep)) options.log.info(`${action} ${target}: ${reason}`);
    options.onDone?.(some);
    if (kind === 'reset') return;
  }
}

/** The first few, and how many there are. */
export function summarizeProblems(problems: readonly string[]): string {
  const shown = problems.slice(0, 3).join('; ');
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}
