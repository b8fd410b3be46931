/** Talks to the Redis nodes: one exec into one pod, whatever their number. */
import { UserError } from '#toolkit/errors';
import type { Kube } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';
import { type PodView, REDIS_PORT } from './cluster-view.ts';
import { type FanOutOptions, fanOutScript, type NodeReply, type NodeRequest, parseFanOut } from './fan-out.ts';
import { OBSERVE_COMMANDS, readAnswer } from './node-answer.ts';
import { type RedisSet, readPods } from './pods.ts';

/** What the exec itself may take on top of the nodes' answers: the way there and back, a busy API server. */
const WAY_MILLISECONDS = 30_000;
/** Pods that all answered are not looked up again for so long: a poll is then one call. */
const PODS_KNOWN_FOR_MILLISECONDS = 5000;
/** Pods that are tried as the place to ask from before the run gives up. */
const VANTAGE_POINTS = 3;

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
    let last: unknown;
    for (const { pod } of from.slice(0, VANTAGE_POINTS)) {
      try {
        const command = ['sh', '-s'];
        const result = await kube.exec(pod, command, {
          container: set.container,
          stdin: script,
          timeoutMilliseconds: limit,
        });
        if (result.exitCode === 0) return result.stdout;
        last = new UserError(
          `The script in pod ${pod} ended with exit code ${result.exitCode}: ${result.stderr.trim()}`,
        );
      } catch (error) {
        if (error instanceof KubeError && (error.reason === 'forbidden' || error.reason === 'unreachable')) throw error;
        last = error;
      }
      log.debug(`Cannot ask from ${pod}: ${String(last)}`);
    }
    throw last;
  }

  async function send(requests: readonly NodeRequest[], from: readonly PodView[], retries = 0): Promise<NodeReply[]> {
    if (requests.length === 0) return [];
    const options: FanOutOptions = { seconds, retries };
    const limit = WAY_MILLISECONDS + seconds * 1000 * (1 + Math.ceil(requests.length / 50)) + retries * 200;
    return parseFanOut(requests, await run(fanOutScript(requests, options), from, limit));
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
      if (askable.length === 0) return pods;
      const requests = askable.map(({ ip }) => ({ ip, port: REDIS_PORT, commands: OBSERVE_COMMANDS }));
      const replies = await send(requests, askable);
      const answers = new Map(
        askable.map(({ pod }, index) => {
          const reply = replies[index];
          return [
            pod,
            reply?.replies === undefined ? (reply?.silence ?? 'no answer') : readAnswer(reply.replies),
          ] as const;
        }),
      );
      if ([...answers.values()].some((answer) => typeof answer === 'string')) known = undefined;
      return pods.map((pod) => ({ ...pod, redis: answers.get(pod.pod) ?? pod.redis }));
    },
  };
}
