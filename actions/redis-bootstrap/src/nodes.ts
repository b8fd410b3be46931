/** Talks to the Redis nodes: one exec into one pod, whatever their number. */
import { errorMessage, TimedOut, UserError } from '#toolkit/errors';
import type { Kube } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';
import { accessRefusal, refuseWithoutAccess } from './access.ts';
import { type Client, NO_CLIENT, NO_PASSWORD } from './client.ts';
import type { PodView } from './cluster-view.ts';
import { type FanOutOptions, fanOutScript, longestMilliseconds, type Stage } from './fan-out.ts';
import { type NodeReply, parseFanOut } from './fan-out-answer.ts';
import { moverScript, readMoverLine, type SlotTransfer } from './mover.ts';
import { OBSERVE_COMMANDS, readAnswer } from './node-answer.ts';
import type { OpenShell } from './open-shell.ts';
import { probeStage, readProbe } from './probe.ts';

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

/** Asks nodes, and has them do things. */
export interface RedisNodes {
  /** Every pod with what its Redis says, `proving` with a write to every shard. */
  observe(how?: { proving: boolean }): Promise<PodView[]>;
  /** Sends commands, stage after stage; the answers come in the order of the requests. Then looks at all pods, proving. */
  perform(stages: readonly Stage[], pods: readonly PodView[]): Promise<{ replies: NodeReply[][]; pods: PodView[] }>;
  /** Moves slots live. Why each transfer stopped that did not get to its end; `onMoved` hears of every batch. */
  move(
    transfers: readonly SlotTransfer[],
    from: readonly PodView[],
    how: { deadline: number; onMoved: (slots: number) => void },
  ): Promise<{ transfer: number; failure: string }[]>;
}

/** What asking needs from outside. */
export interface RedisNodesOptions {
  kube: Kube;
  /** The container that has the server and the client. */
  container: string;
  /** The pods as Kubernetes sees them; those that can be asked have an empty text in place of an answer. */
  pods: () => Promise<PodView[]>;
  log: Log;
  clock: Clock;
  commandTimeoutMilliseconds: number;
  client: Client;
  /** Replicas that have to confirm a write. */
  replicas: number;
  /** A value that no other run writes. */
  probeValue: string;
  /** For the first look, when its pod turns out to be one to ask from. */
  shell?: OpenShell | undefined;
}

/** The nodes of a StatefulSet, through `Kube.exec`. */
export function redisNodes(options: RedisNodesOptions): RedisNodes {
  const { kube, container, log, clock, client } = options;
  const seconds = Math.max(1, Math.ceil(options.commandTimeoutMilliseconds / 1000));

  interface Script {
    text: string;
    limit: number;
    onStdout?: (line: string) => void;
  }

  let { shell } = options;
  /** Only an answer counts: whatever else came of the shell is tried anew, and explained then. */
  async function tryShell({ text, onStdout }: Script, from: readonly PodView[]): Promise<string | undefined> {
    const used = shell;
    shell = undefined;
    if (used === undefined) return undefined;
    if (from[0]?.pod !== used.pod || onStdout !== undefined) {
      used.close();
      return undefined;
    }
    const result = await used.run(text).catch((error: unknown) => {
      if (!passes(error)) throw error;
    });
    return result?.exitCode === 0 ? result.stdout : undefined;
  }

  /** A pod that has just gone is no reason to fail while another can be asked from. */
  async function run(script: Script, from: readonly PodView[]): Promise<string> {
    const answer = await tryShell(script, from);
    if (answer !== undefined) return answer;
    const { text, limit, onStdout } = script;
    let last = 'no pod runs';
    for (const { pod } of from.slice(0, VANTAGE_POINTS)) {
      try {
        const how = { container, stdin: text, timeoutMilliseconds: limit, ...(onStdout ? { onStdout } : {}) };
        const result = await kube.exec(pod, ['sh', '-s'], how);
        if (result.exitCode === 0) return result.stdout;
        const said = result.stderr.trim().split('\n')[0];
        last = `the script in pod ${pod} ended with exit code ${result.exitCode}: ${said}`;
        if (result.exitCode === NO_CLIENT) throw new UserError(`Redis cannot be asked: ${last}.`);
        if (result.exitCode === NO_PASSWORD) {
          throw new UserError(
            `Input "password-file" must be a file in the container with the password; in ${pod}: ${said}.`,
          );
        }
      } catch (error) {
        if (!passes(error)) throw error;
        last = errorMessage(error);
      }
      log.debug(`Cannot ask from ${pod}: ${last}`);
    }
    throw new NobodyToAsk(last);
  }

  async function send(
    stages: readonly Stage[],
    from: readonly PodView[],
    how: Pick<FanOutOptions, 'perClient'> = {},
  ): Promise<NodeReply[][]> {
    const options = { seconds, client, ...how };
    const limit = WAY_MILLISECONDS + longestMilliseconds(stages, options);
    const replies = parseFanOut(stages, await run({ text: fanOutScript(stages, options), limit }, from));
    refuseWithoutAccess(stages, replies, new Map(from.map(({ ip, pod }) => [ip, pod])), client);
    return replies;
  }

  let known: { pods: readonly PodView[]; at: number } | undefined;
  async function podsNow(): Promise<readonly PodView[]> {
    if (known !== undefined && clock.now() - known.at < PODS_KNOWN_FOR_MILLISECONDS) return known.pods;
    const pods = await options.pods();
    known = pods.every(({ redis }) => redis === '') ? { pods, at: clock.now() } : undefined;
    return pods;
  }

  const askable = (pods: readonly PodView[]): PodView[] =>
    pods.filter(({ ip, redis }) => ip !== '' && isAskable(redis));
  const look = (pods: readonly PodView[], proving: boolean): Stage[] => {
    const nodes = pods.map(({ ip, port }) => ({ ip, port }));
    const requests = nodes.map((node) => ({ ...node, commands: OBSERVE_COMMANDS }));
    return [{ requests }, ...(proving ? [probeStage(nodes, options.probeValue, options.replicas)] : [])];
  };

  /** An answer, or why there is none. */
  function answerOf({ replies, silence }: NodeReply, probe: NodeReply | undefined): PodView['redis'] {
    const answer = replies === undefined ? (silence ?? 'no answer') : readAnswer(replies);
    const proof = readProbe(probe?.replies ?? [], options.probeValue);
    return typeof answer === 'string' || proof === undefined ? answer : { ...answer, probe: proof };
  }

  /** Who was not reached because of another is asked anew, by a client of its own. */
  async function lookAgain(asked: readonly PodView[], answers: readonly NodeReply[]): Promise<NodeReply[]> {
    const missed = asked.filter((_, index) => answers[index]?.replies === undefined);
    if (missed.length === 0 || asked.length === 1) return [...answers];
    const [again = []] = await send(look(missed, false), asked, { perClient: 1 });
    const byIp = new Map(again.map((reply) => [reply.ip, reply]));
    return answers.map((reply) => byIp.get(reply.ip) ?? reply);
  }

  /** Puts the answers of those that were asked in the place of what was known before. */
  function withAnswers(
    pods: readonly PodView[],
    asked: readonly PodView[],
    [replies = [], probes = []]: readonly NodeReply[][],
  ): PodView[] {
    const answers = new Map(replies.map((reply, index) => [asked[index]?.pod, answerOf(reply, probes[index])]));
    if ([...answers.values()].some((answer) => typeof answer === 'string')) known = undefined;
    return pods.map((pod) => ({ ...pod, redis: answers.get(pod.pod) ?? pod.redis }));
  }

  return {
    async observe({ proving } = { proving: false }) {
      const pods = await podsNow();
      const asked = askable(pods);
      if (asked.length === 0) return [...pods];
      try {
        const [replies = [], ...probes] = await send(look(asked, proving), asked);
        return withAnswers(pods, asked, [await lookAgain(asked, replies), ...probes]);
      } catch (error) {
        if (!(error instanceof NobodyToAsk)) throw error;
        known = undefined;
        return pods.map((pod) => (asked.includes(pod) ? { ...pod, redis: error.message } : pod));
      }
    },
    async perform(stages, pods) {
      const asked = askable(pods);
      const all = await send([...stages, ...look(asked, true)], asked);
      return { replies: all.slice(0, stages.length), pods: withAnswers(pods, asked, all.slice(stages.length)) };
    },
    async move(transfers, from, { deadline, onMoved }) {
      const failures: { transfer: number; failure: string }[] = [];
      const onStdout = (line: string): void => {
        const news = readMoverLine(line);
        if (news !== undefined && 'moved' in news) onMoved(news.moved);
        else if (news !== undefined) failures.push(news);
      };
      const text = moverScript(transfers, client, seconds);
      await run({ text, limit: Math.max(1000, deadline - clock.now()), onStdout }, from.slice(0, 1));
      for (const { transfer, failure } of failures) {
        const giver = from.find(({ ip }) => ip === transfers[transfer]?.from.ip)?.pod ?? '';
        const refusal = accessRefusal(giver, failure, client);
        if (refusal !== undefined) throw new UserError(refusal);
      }
      return failures;
    },
  };
}

function isAskable(redis: PodView['redis']): boolean {
  return redis === '' || typeof redis !== 'string';
}
