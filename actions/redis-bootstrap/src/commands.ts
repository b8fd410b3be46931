/** Steps as the commands that do them, for the nodes they are done on. */
import type { LivePod } from './cluster-view.ts';
import type { NodeRequest, Stage } from './fan-out.ts';
import { atLeast } from './node-answer.ts';
import { type SlotRange, slotNumbers } from './slots.ts';
import type { ClusterStep } from './steps.ts';

/** Slots in one ADDSLOTS: far below the limit of a command line and of a query buffer. */
const ADDSLOTS_BATCH = 1000;
/** A node that has just been met is unknown to its replica for some gossip rounds; after a second it is looked at again. */
const REPLICATE_TRIES = 20;
/** A graceful failover is given up by the servers after five seconds (CLUSTER_MF_TIMEOUT). */
const FAILOVER_TRIES = 100;

/** A step that is sent to nodes; slots are moved by a script of their own. */
export type SentStep = Exclude<ClusterStep, { kind: 'move-slots' }>;

/** Live pods by name. */
export type Directory = ReadonlyMap<string, LivePod>;

/** One request, and the step that it is part of. */
export interface StepRequest {
  step: SentStep;
  request: NodeRequest;
}

/** The requests of one step. Pods are looked up among the live ones, so that ids and addresses are those of now. */
export function stepRequests(step: SentStep, pods: Directory): StepRequest[] {
  const target = find(step.pod, pods);
  if (step.kind !== 'retire')
    return [{ step, request: { ...addressOf(target), commands: stepCommands(step, target, pods) } }];
  // It is not emptied: until its pod has gone it tells clients who come late where their slots are.
  const commands = [`CLUSTER FORGET ${target.redis.id}`];
  return step.knownBy.map((name) => ({ step, request: { ...addressOf(find(name, pods)), commands } }));
}

/** How steps of one kind are done: at once, again until they are understood, and with a look at what comes of them. */
export function stepStages(kind: SentStep['kind'], requests: readonly NodeRequest[]): Stage[] {
  if (kind === 'replicate') return [{ requests, until: ['OK'], tries: REPLICATE_TRIES }];
  if (kind !== 'failover') return [{ requests }];
  const look = requests.map((request) => ({ ...request, commands: ['INFO replication'] }));
  return [{ requests }, { requests: look, until: ['role:master'], tries: FAILOVER_TRIES }];
}

/** A pod by its name. */
export function find(name: string, pods: Directory): LivePod {
  const pod = pods.get(name);
  if (pod === undefined) throw new Error(`A step needs ${name}, which does not answer.`);
  return pod;
}

function addressOf({ ip, port }: LivePod): { ip: string; port: number } {
  return { ip, port };
}

function stepCommands(step: Exclude<SentStep, { kind: 'retire' }>, target: LivePod, pods: Directory): string[] {
  switch (step.kind) {
    case 'reset':
      return ['CLUSTER RESET HARD'];
    case 'restore-timeout':
      return [`CONFIG SET cluster-node-timeout ${step.milliseconds}`];
    case 'set-epoch':
      return [`CLUSTER SET-CONFIG-EPOCH ${step.epoch}`];
    case 'assign-slots':
      return assignSlots(step.slots, target);
    case 'meet':
      return step.peers.map((peer) => meet(find(peer, pods)));
    case 'close-slots':
      return slotNumbers(step.slots).map((slot) => `CLUSTER SETSLOT ${slot} STABLE`);
    case 'name-owner': {
      const { id } = find(step.owner, pods).redis;
      return slotNumbers(step.slots).map((slot) => `CLUSTER SETSLOT ${slot} NODE ${id}`);
    }
    case 'replicate':
      return [`CLUSTER REPLICATE ${find(step.primary, pods).redis.id}`];
    case 'failover':
      return ['CLUSTER FAILOVER'];
    case 'forget':
      return step.ids.map((id) => `CLUSTER FORGET ${id}`);
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
  return { ...addressOf(replica), commands: others.map(meet) };
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
  failover: /You should send CLUSTER FAILOVER to a replica|Master is down or failed/,
  forget: /Unknown node|Can't forget my master/,
  retire: /Unknown node/,
};

/** Whether a node did nothing because it could not yet: it reads its data, as a new replica of much does, or runs a script. */
export function wasTooBusy(replies: readonly string[]): boolean {
  return replies.some((text) => /^(LOADING|BUSY) /.test(text));
}

/** Why a step failed, or undefined when it was done or need not be. */
export function stepFailure(step: SentStep, replies: readonly string[]): string | undefined {
  const refused = replies.find((text) => text !== 'OK' && !HARMLESS[step.kind].test(text));
  return refused === undefined ? undefined : `${step.pod} refused to ${step.kind}: ${refused}`;
}
