/** Steps as the commands that do them, for the nodes they are done on. */

import { type LivePod, REDIS_PORT } from './cluster-view.ts';
import type { NodeReply, NodeRequest } from './fan-out.ts';
import { atLeast } from './node-answer.ts';
import type { ClusterStep } from './plan.ts';
import type { SlotRange } from './slots.ts';

/** Slots in one ADDSLOTS: far below the limit of a command line and of a query buffer. */
const ADDSLOTS_BATCH = 1000;

/**
 * The commands of one step. Pods are looked up among the live ones, so that ids and addresses are those of now.
 */
export function stepRequest(step: ClusterStep, pods: ReadonlyMap<string, LivePod>): NodeRequest {
  const find = (name: string): LivePod => {
    const pod = pods.get(name);
    if (pod === undefined) throw new Error(`A step needs ${name}, which does not answer.`);
    return pod;
  };
  const target = find(step.pod);
  return { ip: target.ip, port: REDIS_PORT, commands: stepCommands(step, target, find) };
}

function stepCommands(step: ClusterStep, target: LivePod, find: (pod: string) => LivePod): string[] {
  switch (step.kind) {
    case 'reset':
      return ['CLUSTER RESET HARD'];
    case 'set-epoch':
      return [`CLUSTER SET-CONFIG-EPOCH ${step.epoch}`];
    case 'assign-slots':
      return assignSlots(step.slots, target.redis.version);
    case 'meet':
      return step.peers.map((peer) => `CLUSTER MEET ${find(peer).ip} ${REDIS_PORT}`);
    case 'replicate':
      return [`CLUSTER REPLICATE ${find(step.primary).redis.id}`];
    case 'forget':
      return step.ids.map((id) => `CLUSTER FORGET ${id}`);
  }
}

/**
 * Makes a new replica greet everybody. A node tells a change of its role only to the few that it happens to ping in a
 * second; MEET makes it ping all at once, and a ping carries the role: the views agree after one round instead of many.
 */
export function greeting(replica: LivePod, pods: readonly LivePod[]): NodeRequest {
  const others = pods.filter((pod) => pod !== replica);
  return { ip: replica.ip, port: REDIS_PORT, commands: others.map(({ ip }) => `CLUSTER MEET ${ip} ${REDIS_PORT}`) };
}

/** ADDSLOTSRANGE came with 7.0; before it, every slot is named. */
function assignSlots(slots: readonly SlotRange[], version: string): string[] {
  if (atLeast(version, 7, 0)) {
    return [`CLUSTER ADDSLOTSRANGE ${slots.map(({ first, last }) => `${first} ${last}`).join(' ')}`];
  }
  const each = slots.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const commands: string[] = [];
  for (let start = 0; start < each.length; start += ADDSLOTS_BATCH) {
    commands.push(`CLUSTER ADDSLOTS ${each.slice(start, start + ADDSLOTS_BATCH).join(' ')}`);
  }
  return commands;
}

/**
 * Refusals that only mean "not any more needed" or "not yet": what is true is seen by observing again. Everything else is
 * a failure.
 */
const HARMLESS: Readonly<Record<ClusterStep['kind'], RegExp>> = {
  reset: /^$/,
  'set-epoch': /only when the node does not know any other node|already non-zero/,
  'assign-slots': /^$/,
  meet: /^$/,
  replicate: /Unknown node/,
  forget: /Unknown node|Can't forget my master/,
};

/** Why a step failed, or undefined when it was done or need not be. */
export function stepFailure(step: ClusterStep, reply: NodeReply): string | undefined {
  if (reply.replies === undefined) return `${step.pod} did not answer: ${reply.silence}`;
  const refused = reply.replies.find((text) => text !== 'OK' && !HARMLESS[step.kind].test(text));
  return refused === undefined ? undefined : `${step.pod} refused to ${step.kind}: ${refused}`;
}
