/** What can happen to a cluster between two runs. */
import fc from 'fast-check';
import { countSlots, takeSlots } from '../src/slots.ts';
import type { ClusterModel, ModelNode } from './model.ts';

/** `at` and its like choose a node, as a share of all that it can happen to. */
export type Event =
  | { kind: 'move' | 'lose' | 'fail-over' | 'hand-over' | 'shorten-timeout'; at: number }
  | { kind: 'lose-shard' | 'keys-outside' | 'rival'; at: number }
  | { kind: 'forget'; at: number; whom: number }
  | { kind: 'shift-slots' | 'open-slot' | 'mark-slot'; at: number; to: number; share: number };

const share = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1000);
const kind = <K extends string>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds) as fc.Arbitrary<K>;

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: kind('move', 'lose', 'fail-over', 'hand-over', 'shorten-timeout'), at: share }),
  fc.record({ kind: fc.constant('forget' as const), at: share, whom: share }),
  fc.record({ kind: kind('shift-slots', 'open-slot', 'mark-slot'), at: share, to: share, share }),
);

/** What costs keys, or would. */
const disaster: fc.Arbitrary<Event> = fc.record({ kind: kind('lose-shard', 'keys-outside', 'rival'), at: share });

/** Some events; a disaster seldom, since it ends most cases in a refusal. */
export const events: fc.Arbitrary<Event[]> = fc
  .tuple(
    fc.array(event, { maxLength: 6 }),
    fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(disaster, { maxLength: 2 }) }),
  )
  .map((lists) => lists.flat());

/** Lets it happen; where there is nobody for it, nothing happens. */
export function happen(model: ClusterModel, event: Event): void {
  const pick = (items: readonly ModelNode[], at: number): ModelNode | undefined => items[Math.floor(at * items.length)];
  const holders = model.nodes.filter(({ slots }) => slots.length > 0);
  const inStep = model.nodes.filter((node) => model.primaryOf(node)?.ip === node.primaryHost);
  switch (event.kind) {
    case 'forget':
      forget(pick(model.nodes, event.at), pick(model.nodes, event.whom));
      return;
    case 'shift-slots':
    case 'open-slot':
    case 'mark-slot':
      shift(event, pick(holders, event.at), pick(holders, event.to), model);
      return;
    case 'fail-over':
    case 'lose-shard': {
      const primary = pick(holders, event.at);
      if (primary === undefined) return;
      if (event.kind === 'fail-over') model.failOver(primary.place.pod);
      else for (const { place } of membersOf(primary, model)) model.lose(place.pod);
      return;
    }
    case 'move':
    case 'shorten-timeout': {
      const node = pick(model.nodes, event.at);
      if (node === undefined) return;
      if (event.kind === 'move') node.ip = model.newIp();
      else node.nodeTimeout = 521;
      return;
    }
    default: {
      const replica = pick(inStep, event.at);
      if (replica === undefined) return;
      if (event.kind === 'hand-over') model.takeOver(replica);
      else model.lose(replica.place.pod);
      if (event.kind === 'keys-outside') replica.keys = 7;
      if (event.kind === 'rival') Object.assign(replica, { slots: [{ first: 0, last: 99 }], epoch: 1, keys: 7 });
    }
  }
}

function membersOf(primary: ModelNode, model: ClusterModel): ModelNode[] {
  return model.nodes.filter(({ id, primaryId }) => id === primary.id || primaryId === primary.id);
}

function forget(node: ModelNode | undefined, whom: ModelNode | undefined): void {
  if (node !== undefined && whom !== undefined && whom.id !== node.primaryId) node.known.delete(whom.id);
}

/** Slots moved by hand, one left half way, or a mark that nobody took off. */
function shift(
  event: Extract<Event, { share: number }>,
  from: ModelNode | undefined,
  to: ModelNode | undefined,
  model: ClusterModel,
): void {
  if (from === undefined || to === undefined || from === to || !from.known.has(to.id)) return;
  const slots = takeSlots(from.slots, Math.floor(countSlots(from.slots) * event.share * 0.9) || 1, 'begin');
  const slot = slots[0]?.first;
  if (event.kind === 'shift-slots') model.transfer(from, to, slots);
  else to.moving = [...to.moving, `[${slot}-<-${from.id}]`];
  if (event.kind === 'open-slot') from.moving = [...from.moving, `[${slot}->-${to.id}]`];
}
