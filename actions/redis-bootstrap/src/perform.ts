/** Does the steps of a plan: as few execs as the dependencies between the steps allow. */
import { UserError } from '#toolkit/errors';
import type { Log } from '#toolkit/log';
import { type Clock, formatElapsed } from '#toolkit/process/clock';
import type { Wanted } from './classify.ts';
import { looksDead } from './cluster-nodes.ts';
import { entryFor, type LivePod, livePods, type PodView } from './cluster-view.ts';
import {
  type Directory,
  find,
  greeting,
  type SentStep,
  stepFailure,
  stepRequests,
  stepStages,
  wasTooBusy,
} from './commands.ts';
import { describeStep } from './describe.ts';
import type { Stage } from './fan-out.ts';
import type { RedisNodes } from './nodes.ts';
import type { TopologyPlan } from './plan.ts';
import { settleStages } from './settle.ts';
import { countSlots, slotNumbers, subtractRanges } from './slots.ts';
import { type ClusterStep, nextSteps } from './steps.ts';

/** What performing needs from outside. */
export interface PerformOptions {
  nodes: RedisNodes;
  wanted: Wanted;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** The moment, in milliseconds of the clock, at which to give up. */
  deadline: number;
  /** Called after steps are done. */
  onDone?: (steps: readonly ClusterStep[]) => void;
}

const REPORT_EVERY_MILLISECONDS = 5000;

type MoveStep = Extract<ClusterStep, { kind: 'move-slots' }>;

/**
 * Does the steps up to the first that changes what the rest was planned on.
 *
 * @returns the pods as they are afterwards; undefined when they have to be looked at
 */
export async function perform(
  plan: TopologyPlan,
  pods: readonly PodView[],
  options: PerformOptions,
): Promise<PodView[] | undefined> {
  const directory = new Map(livePods(pods).map((pod) => [pod.pod, pod]));
  const groups = nextSteps(plan.steps);
  const sent = groups.flat().filter((step): step is SentStep => step.kind !== 'move-slots');
  if (sent.length > 0) return send(groups, sent, { plan, pods, directory, options });
  const moves = groups.flat().filter((step): step is MoveStep => step.kind === 'move-slots');
  await move(moves, directory, options);
  return undefined;
}

/**
 * Whether the next steps can be done now. Pods are let go only from a cluster that is right without them. A slot is moved
 * only to a node that has heard whose it is: it does not listen to that any more once the slot is open.
 */
export function isDue({ steps, classification }: TopologyPlan, problems: readonly string[]): boolean {
  const [next] = steps;
  if (next?.kind === 'retire') return problems.length === 0;
  if (next?.kind !== 'move-slots') return next !== undefined;
  const directory = new Map(classification.live.map((pod) => [pod.pod, pod]));
  return nextSteps(steps)
    .flat()
    .every((step) => {
      if (step.kind !== 'move-slots') return true;
      const taker = find(step.to, directory);
      const entry = entryFor(taker, find(step.pod, directory));
      const serves = taker.redis.info.cluster_state === 'ok';
      return serves && entry !== undefined && !looksDead(entry) && subtractRanges(step.slots, entry.slots).length === 0;
    });
}

interface Sending {
  plan: TopologyPlan;
  pods: readonly PodView[];
  directory: Directory;
  options: PerformOptions;
}

async function send(
  groups: readonly ClusterStep[][],
  steps: readonly SentStep[],
  { plan, pods, directory, options }: Sending,
): Promise<PodView[] | undefined> {
  const { nodes, log, wanted, onDone } = options;
  const live = [...directory.values()];
  const program = together(groups).flatMap((group) => {
    const sending = group.flatMap((step) => stepRequests(step, directory));
    const [first, ...more] = stepStages(
      group[0]?.kind ?? 'meet',
      sending.map(({ request }) => request),
    );
    return first === undefined ? [] : [{ stage: first, sending }, ...more.map((stage) => ({ stage, sending: [] }))];
  });
  const isForming = plan.classification.kind !== 'formed' && !steps.some(({ kind }) => kind === 'reset');
  const last = isForming ? settleStages(live, steps, wanted) : greetings(steps, live, directory);
  const answer = await nodes.perform([...program.map(({ stage }) => stage), ...last], pods);
  const outcomes = program.flatMap(({ sending }, stage) =>
    sending.map(({ step }, index) => {
      const replies = answer.replies[stage]?.[index]?.replies;
      return { step, replies: replies !== undefined && wasTooBusy(replies) ? undefined : replies };
    }),
  );
  const silent = new Set(outcomes.filter(({ replies }) => replies === undefined).map(({ step }) => step));
  const failures = outcomes.flatMap(({ step, replies }) => (replies && stepFailure(step, replies)) ?? []);
  if (failures.length > 0) throw new Error(`${failures.slice(0, 5).join('; ')}.`);
  const done = steps.filter((step) => !silent.has(step));
  for (const { action, target, reason } of done.map(describeStep)) log.info(`${action} ${target}: ${reason}`);
  onDone?.(done);
  // Whether a node that is too busy to answer has done its step is seen by looking.
  if (silent.size > 0) return undefined;
  return answer.pods;
}

/** Steps that need nothing of each other, although they are of several kinds. */
const INDEPENDENT: readonly ClusterStep['kind'][] = ['restore-timeout', 'set-epoch', 'assign-slots', 'close-slots'];

function together(groups: readonly ClusterStep[][]): SentStep[][] {
  const joined: SentStep[][] = [];
  for (const group of groups) {
    const sent = group.filter((step): step is SentStep => step.kind !== 'move-slots');
    const [last, first] = [joined.at(-1), sent[0]];
    if (first === undefined) continue;
    const isFree = (step: SentStep | undefined): boolean => step !== undefined && INDEPENDENT.includes(step.kind);
    if (last !== undefined && isFree(last[0]) && isFree(first)) last.push(...sent);
    else joined.push(sent);
  }
  return joined;
}

/** Whoever has changed its role among nodes that are in use tells all of them. */
function greetings(steps: readonly SentStep[], live: readonly LivePod[], directory: Directory): Stage[] {
  const changed = new Set(steps.flatMap((step) => (step.kind === 'replicate' ? [step.pod] : [])));
  const requests = [...changed].map((pod) => greeting(find(pod, directory), live));
  return requests.length > 0 ? [{ requests }] : [];
}

/** Moves slots, with a line of progress every five seconds. */
async function move(steps: readonly MoveStep[], directory: Directory, options: PerformOptions): Promise<void> {
  const { nodes, clock, log, deadline, onDone } = options;
  const all = steps.reduce((sum, { slots }) => sum + countSlots(slots), 0);
  const started = clock.now();
  let [moved, reported] = [0, started];
  const onMoved = (slots: number): void => {
    moved += slots;
    if (clock.now() - reported < REPORT_EVERY_MILLISECONDS) return;
    reported = clock.now();
    log.info(`moved ${moved} of ${all} slots (${formatElapsed(reported - started)})`);
  };
  const transfers = steps.map(({ pod, to, slots }) => {
    const [giver, taker] = [find(pod, directory), find(to, directory)];
    return {
      from: { ip: giver.ip, id: giver.redis.id },
      to: { ip: taker.ip, id: taker.redis.id },
      slots: slotNumbers(slots),
    };
  });
  const failures = await nodes.move(transfers, [...directory.values()], { deadline, onMoved });
  if (failures.length > 0) {
    const texts = failures.map(
      ({ transfer, failure }) => `${steps[transfer]?.pod} to ${steps[transfer]?.to}: ${failure}`,
    );
    throw new UserError(
      `Slots could not be moved, and are where they were or half way: ${texts.join('; ')}. Run it again: it goes on where it stopped.`,
    );
  }
  log.info(`moved ${moved} slots in ${formatElapsed(clock.now() - started)}`);
  for (const { action, target, reason } of steps.map(describeStep)) log.info(`${action} ${target}: ${reason}`);
  onDone?.(steps);
}
