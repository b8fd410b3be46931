/** Steps as the commands that do them, for the nodes they are done on. */
import type { LivePod } from './cluster-view.ts';
import type { Call, NodeRequest } from './fan-out.ts';
import { atLeast } from './node-answer.ts';
import { type SlotRange, slotNumbers } from './slots.ts';
import type { ClusterStep } from './steps.ts';

/** Slots in one ADDSLOTS: far below the limit of a command line and of a query buffer. */
const ADDSLOTS_BATCH = 1000;
/** A node that has just been met may be unknown to its replica for some gossip rounds: 15 s in all. */
const REPLICATE_TRIES = 300;
/** A graceful failover is given up by the servers after five seconds (CLUSTER_MF_TIMEOUT). */
const FAILOVER_TRIES = 100;

/** A step that is sent to nodes; slots are moved by a script of their own. */
export type SentStep = Exclude<ClusterStep, { kind: 'move-slots' }>;

/** Live pods by name. */
export type Directory = ReadonlyMap<string, LivePod>;

/** The requests of one step. Pods are looked up among the live ones, so that ids and addresses are those of now. */
export function stepRequests(step: SentStep, pods: Directory): NodeRequest[] {
  const target = find(step.pod, pods);
  if (step.kind !== 'retire') return [{ ip: target.ip, port: target.port, calls: stepCalls(step, target, pods) }];
  // It is not emptied: until its pod has gone it tells clients who come late where their slots are.
  return step.knownBy
    .map((name) => find(name, pods))
    .map(({ ip, port }) => ({ ip, port, calls: [only(`CLUSTER FORGET ${target.redis.id}`)] }));
}

/** A pod by its name. */
export function find(name: string, pods: Directory): LivePod {
  const pod = pods.get(name);
  if (pod === undefined) throw new Error(`A step needs ${name}, which does not answer.`);
  return pod;
}

function only(...commands: string[]): Call {
  return { commands };
}

function stepCalls(step: Exclude<SentStep, { kind: 'retire' }>, target: LivePod, pods: Directory): Call[] {
  switch (step.kind) {
    case 'reset':
      return [only('CLUSTER RESET HARD')];
    case 'restore-timeout':
      return [only(`CONFIG SET cluster-node-timeout ${step.milliseconds}`)];
    case 'set-epoch':
      return [only(`CLUSTER SET-CONFIG-EPOCH ${step.epoch}`)];
    case 'assign-slots':
      return [only(...assignSlots(step.slots, target))];
    case 'meet':
      return [only(...step.peers.map((peer) => meet(find(peer, pods))))];
    case 'close-slots':
      return [only(...slotNumbers(step.slots).map((slot) => `CLUSTER SETSLOT ${slot} STABLE`))];
    case 'name-owner': {
      const { id } = find(step.owner, pods).redis;
      return [only(...slotNumbers(step.slots).map((slot) => `CLUSTER SETSLOT ${slot} NODE ${id}`))];
    }
    case 'replicate': {
      const commands = [`CLUSTER REPLICATE ${find(step.primary, pods).redis.id}`];
      return [{ commands, until: ['OK'], tries: REPLICATE_TRIES }];
    }
    case 'failover':
      return [
        only('CLUSTER FAILOVER'),
        { commands: ['INFO replication'], until: ['role:master'], tries: FAILOVER_TRIES },
      ];
    case 'forget':
      return [only(...step.ids.map((id) => `CLUSTER FORGET ${id}`))];
  }
}

function meet({ ip, port }: LivePod): string {
  return `CLUSTER MEET ${ip} ${port}`;
}

/**
 * Makes a new replica greet everybody. A node tells a change of its role only to the few that it happens to ping in a
 * second; MEET makes it ping all at once, and a ping carries the role: the views agree after one round instead of many.
 */
export function greeting(replica: LivePod, pods: readonly LivePod[]): NodeRequest {
  const others = pods.filter((pod) => pod !== replica);
  return { ip: replica.ip, port: replica.port, calls: [only(...others.map(meet))] };
}

/**
 * ADDSLOTSRANGE came with 7.0; before it, every slot is named. In a cluster that has been in use the new owner needs an epoch
 * above the one that the slots were last served with, or the others do not believe it.
 */
function assignSlots(slots: readonly SlotRange[], { redis }: LivePod): string[] {
  const commands = redis.others.length > 0 ? ['CLUSTER BUMPEPOCH'] : [];
  if (atLeast(redis.version, 7, 0)) {
    return [...commands, `CLUSTER ADDSLOTSRANGE ${slots.map(({ first, last }) => `${first} ${last}`).join(' ')}`];
  }
  const each = slotNumbers(slots);
  for (let start = 0; start < each.length; start += ADDSLOTS_BATCH) {
    commands.push(`CLUSTER ADDSLOTS ${each.slice(start, start + ADDSLOTS_BATCH).join(' ')}`);
  }
  return commands;
}

/**
 * Refusals that only mean "not any more needed" or "not yet": what is true is seen by observing again. Everything else is
 * a failure.
 */
const HARMLESS: Readonly<Record<SentStep['kind'], RegExp>> = {
  reset: /^$/,
  'restore-timeout': /^$/,
  'set-epoch': /only when the node does not know any other node|already non-zero/,
  'assign-slots': /^(BUMPED|STILL) \d+$/,
  meet: /^$/,
  // It was taken over from meanwhile, and the marks of a replica mean nothing.
  'close-slots': /only with masters/,
  'name-owner': /Unknown node|not a master/,
  replicate: /Unknown node|can only replicate a master/,
  failover: /^# Replication|You should send CLUSTER FAILOVER to a replica|Master is down or failed/,
  forget: /Unknown node|Can't forget my master/,
  retire: /Unknown node/,
};

/** Why a step failed, or undefined when it was done or need not be. */
export function stepFailure(step: SentStep, replies: readonly string[]): string | undefined {
  const refused = replies.find((text) => text !== 'OK' && !HARMLESS[step.kind].test(text));
  return refused === undefined ? undefined : `${step.pod} refused to ${step.kind}: ${refused}`;
}
