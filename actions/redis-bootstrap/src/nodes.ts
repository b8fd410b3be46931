/** Talks to the Redis nodes: one exec into one pod, whatever their number. */
import { errorMessage, TimedOut, UserError } from '#toolkit/errors';
import type { Kube } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';
import { type PodView, REDIS_PORT } from './cluster-view.ts';
import { fanOutScript, NO_CLIENT, type NodeReply, type NodeRequest, parseFanOut } from './fan-out.ts';
import { OBSERVE_COMMANDS, readAnswer } from './node-answer.ts';
import { type RedisSet, readPods } from './pods.ts';

/** What the exec itself may take on top of the nodes' answers: the way there and back, a busy API server. */
const WAY_MILLISECONDS = 30_000;
/** Pods that all answered are not looked up again for so long: a poll is then one call. */
const PODS_KNOWN_FOR_MILLISECONDS = 5000;
/** Pods that are tried as the place to ask from before the run gives up. */
const VANTAGE_POINTS = 3;

/** No pod could run the script, for reasons that may pass: a container that is starting, or has just ended. */
class NobodyToAsk extends Error {
  override readonly name = 'NobodyToAsk';
}

/** Whether another pod, or the same a little later, may do better. */
function passes(error: unknown): boolean {
  if (error instanceof TimedOut) return true;
  return error instanceof KubeError && !['forbidden', 'unreachable', 'unauthorized'].includes(error.reason);
}

/** Asks nodes. */
export interface RedisNodes {
  /** Every pod with what its Redis says. */
  observe(): Promise<PodView[]>;
  /** Sends commands; the answers come in the order of the requests. */
  send(requests: readonly NodeRequest[], from: readonly PodView[], retries?: number): Promise<NodeReply[]>;
}

/** What asking needs from outside. */
export interface RedisNodesOptions {
  kube: Kube;
  set: RedisSet;
  zones: ReadonlyMap<string, string>;
  log: Log;
  clock: Clock;
  commandTimeoutMilliseconds: number;
}

/** The nodes of a StatefulSet, through `Kube.exec`. */
export function redisNodes({
  kube,
  set,
  zones,
  log,
  clock,
  commandTimeoutMilliseconds,
}: RedisNodesOptions): RedisNodes {
  const seconds = Math.max(1, Math.ceil(commandTimeoutMilliseconds / 1000));

  /** A pod that has just gone is no reason to fail while another can be asked from. */
  async function run(script: string, from: readonly PodView[], limit: number): Promise<string> {
    let last = 'no pod runs';
    for (const { pod } of from.slice(0, VANTAGE_POINTS)) {
      try {
        const how = { container: set.container, stdin: script, timeoutMilliseconds: limit };
        const result = await kube.exec(pod, ['sh', '-s'], how);
        if (result.exitCode === 0) return result.stdout;
        last = `the script in pod ${pod} ended with exit code ${result.exitCode}: ${result.stderr.trim().split('\n')[0]}`;
        if (result.exitCode === NO_CLIENT) throw new UserError(`Redis cannot be asked: ${last}.`);
      } catch (error) {
        if (!passes(error)) throw error;
        last = errorMessage(error);
      }
      log.debug(`Cannot ask from ${pod}: ${last}`);
    }
    throw new NobodyToAsk(last);
  }

  async function send(requests: readonly NodeRequest[], from: readonly PodView[], retries = 0): Promise<NodeReply[]> {
    if (requests.length === 0) return [];
    const limit = WAY_MILLISECONDS + seconds * 1000 * (1 + Math.ceil(requests.length / 50)) + retries * 200;
    return parseFanOut(requests, await run(fanOutScript(requests, { seconds, retries }), from, limit));
  }

  /** An answer, or why there is none. */
  async function ask(pods: readonly PodView[]): Promise<PodView['redis'][]> {
    const requests = pods.map(({ ip }) => ({ ip, port: REDIS_PORT, commands: OBSERVE_COMMANDS }));
    try {
      const replies = await send(requests, pods);
      return replies.map(({ replies: texts, silence }) => (texts === undefined ? (silence ?? '') : readAnswer(texts)));
    } catch (error) {
      if (!(error instanceof NobodyToAsk)) throw error;
      return pods.map(() => error.message);
    }
  }

  let known: { pods: PodView[]; at: number } | undefined;
  async function podsNow(): Promise<PodView[]> {
    if (known !== undefined && clock.now() - known.at < PODS_KNOWN_FOR_MILLISECONDS) return known.pods;
    const pods = await readPods(kube, set, zones);
    known = pods.every(({ redis }) => redis === '') ? { pods, at: clock.now() } : undefined;
    return pods;
  }

  return {
    send,
    async observe() {
      const pods = await podsNow();
      const askable = pods.filter(({ redis }) => redis === '');
      const answers = askable.length === 0 ? [] : await ask(askable);
      if (answers.some((answer) => typeof answer === 'string')) known = undefined;
      const byPod = new Map(askable.map(({ pod }, index) => [pod, answers[index]]));
      return pods.map((pod) => ({ ...pod, redis: byPod.get(pod.pod) ?? pod.redis }));
    },
  };
}
