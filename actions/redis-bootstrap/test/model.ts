/**
 * A small model of Redis Cluster in memory: enough of MEET, gossip, slots, replication and RESET to prove that a plan
 * reaches its target. It refuses what Redis refuses.
 */
import type { ClusterEntry } from '../src/cluster-nodes.ts';
import type { PodView } from '../src/cluster-view.ts';
import type { Placed } from '../src/placement.ts';
import { countSlots, normalizeRanges, SLOT_COUNT, type SlotRange, slotNumbers, subtractRanges } from '../src/slots.ts';
import type { ClusterStep } from '../src/steps.ts';

export interface ModelNode {
  place: Placed;
  ip: string;
  id: string;
  epoch: number;
  slots: SlotRange[];
  primaryId: string | undefined;
  /** Where it replicates from; an address, as in INFO, so it goes stale. */
  primaryHost: string;
  keys: number;
  /** Marks of open slots, as CLUSTER NODES has them. */
  moving: string[];
  nodeTimeout: number;
  /** Known nodes: id to address. */
  known: Map<string, string>;
}

export class ClusterModel {
  nodes: ModelNode[] = [];
  private serial = 0;

  constructor(places: readonly Placed[]) {
    this.add(places);
  }

  /** More pods, each with a fresh node. */
  add(places: readonly Placed[]): void {
    for (const place of places) {
      this.nodes.push({
        place,
        ip: this.newIp(),
        id: this.newId(),
        epoch: 0,
        slots: [],
        primaryId: undefined,
        primaryHost: '',
        keys: 0,
        moving: [],
        nodeTimeout: 5000,
        known: new Map<string, string>(),
      });
    }
  }

  /** The pods with the highest ordinals go, as the StatefulSet lets them. */
  keep(count: number): void {
    for (const { place, slots } of this.nodes.slice(count)) {
      if (slots.length > 0) throw new Error(`${place.pod} goes with its slots`);
    }
    this.nodes = this.nodes.slice(0, count);
  }

  /** Keys of all primaries: what people would miss. */
  get keys(): number {
    return this.nodes.reduce((sum, { primaryId, keys }) => sum + (primaryId === undefined ? keys : 0), 0);
  }

  primaryOf(node: ModelNode): ModelNode | undefined {
    return this.nodes.find(({ id }) => id === node.primaryId);
  }

  private replicasOf({ id }: ModelNode): ModelNode[] {
    return this.nodes.filter(({ primaryId }) => primaryId === id);
  }

  private nextEpoch(): number {
    return Math.max(...this.nodes.map(({ epoch }) => epoch)) + 1;
  }

  newIp(): string {
    this.serial += 1;
    return `10.0.${Math.floor(this.serial / 250)}.${(this.serial % 250) + 1}`;
  }

  private newId(): string {
    this.serial += 1;
    return this.serial.toString(16).padStart(40, '0');
  }

  find(pod: string): ModelNode {
    const node = this.nodes.find(({ place }) => place.pod === pod);
    if (node === undefined) throw new Error(`no node ${pod}`);
    return node;
  }

  /** Gives a node an address of its own choice, as a restarted pod gets one; the others keep the old one in mind. */
  move(pod: string, ip: string): void {
    this.find(pod).ip = ip;
  }

  /** Takes a node's disk away: a new node at the same pod. */
  lose(pod: string): void {
    Object.assign(this.find(pod), {
      id: this.newId(),
      epoch: 0,
      slots: [],
      primaryId: undefined,
      keys: 0,
      moving: [],
      known: new Map(),
    });
  }

  /** A primary loses its disk while it has a replica, which takes over; the new node at its pod knows nobody. */
  failOver(pod: string): void {
    const old = this.find(pod);
    const [heir, ...siblings] = this.replicasOf(old).filter(({ primaryHost }) => primaryHost === old.ip);
    if (heir === undefined) return;
    Object.assign(heir, { slots: old.slots, primaryId: undefined, primaryHost: '', epoch: this.nextEpoch() });
    for (const node of siblings) Object.assign(node, { primaryId: heir.id, primaryHost: heir.ip });
    this.lose(pod);
  }

  takeOver(heir: ModelNode): void {
    const old = this.primaryOf(heir);
    if (old === undefined) throw new Error('You should send CLUSTER FAILOVER to a replica');
    if (heir.primaryHost !== old.ip) throw new Error('Master is down or failed');
    const siblings = this.replicasOf(old);
    Object.assign(heir, { slots: old.slots, primaryId: undefined, primaryHost: '', epoch: this.nextEpoch() });
    Object.assign(old, { slots: [], moving: [] });
    for (const node of [old, ...siblings]) {
      if (node !== heir) Object.assign(node, { primaryId: heir.id, primaryHost: heir.ip });
    }
  }

  transfer(giver: ModelNode, taker: ModelNode, slots: readonly SlotRange[]): void {
    if (subtractRanges(slots, giver.slots).length > 0) throw new Error('I am not the owner of hash slot');
    if (taker.primaryId !== undefined) throw new Error('Target is not a master');
    const keys = Math.floor((giver.keys * countSlots(slots)) / countSlots(giver.slots));
    giver.slots = subtractRanges(giver.slots, slots);
    taker.slots = normalizeRanges([...taker.slots, ...slots]);
    const isMoved = (mark: string): boolean => {
      const slot = Number(/\d+/.exec(mark)?.[0]);
      return slots.some(({ first, last }) => slot >= first && slot <= last);
    };
    for (const node of this.nodes) node.moving = node.moving.filter((mark) => !isMoved(mark));
    giver.keys -= keys;
    taker.keys += keys;
    for (const primary of [giver, taker]) for (const node of this.replicasOf(primary)) node.keys = primary.keys;
  }

  private reset(node: ModelNode): void {
    if (node.keys > 0) throw new Error(`RESET of ${node.place.pod}, which holds keys`);
    this.lose(node.place.pod);
  }

  apply(steps: readonly ClusterStep[]): void {
    for (const [index, step] of steps.entries()) {
      this.applyOne(step);
      if (step.kind === 'meet' && steps[index + 1]?.kind !== 'meet') this.gossip();
    }
  }

  private applyOne(step: ClusterStep): void {
    const node = this.find(step.pod);
    switch (step.kind) {
      case 'reset':
        this.reset(node);
        return;
      case 'restore-timeout':
        node.nodeTimeout = step.milliseconds;
        return;
      case 'set-epoch':
        if (node.epoch !== 0 || node.known.size > 0) throw new Error('epoch already set');
        node.epoch = step.epoch;
        return;
      case 'assign-slots':
        if (countSlots([...node.slots, ...step.slots]) !== countSlots(node.slots) + countSlots(step.slots)) {
          throw new Error('slot is already busy');
        }
        node.slots = normalizeRanges([...node.slots, ...step.slots]);
        if (node.known.size > 0) node.epoch = this.nextEpoch();
        return;
      case 'close-slots':
        node.moving = node.moving.filter(
          (mark) => !slotNumbers(step.slots).some((slot) => mark.startsWith(`[${slot}-`)),
        );
        return;
      case 'name-owner':
        // Everybody knows here what everybody serves.
        return;
      case 'failover':
        this.takeOver(node);
        return;
      case 'move-slots':
        this.transfer(node, this.find(step.to), step.slots);
        return;
      case 'retire':
        for (const other of this.nodes) other.known.delete(node.id);
        return;
      case 'meet':
        for (const peer of step.peers.map((name) => this.find(name))) {
          node.known.set(peer.id, peer.ip);
          peer.known.set(node.id, node.ip);
        }
        return;
      case 'replicate': {
        const primary = this.find(step.primary);
        if (!node.known.has(primary.id)) throw new Error(`Unknown node ${primary.id}`);
        if (primary.primaryId !== undefined) throw new Error('I can only replicate a master, not a replica.');
        if (node.slots.length > 0 || (node.primaryId === undefined && node.keys > 0)) {
          throw new Error('To set a master the node must be empty and without assigned slots.');
        }
        node.primaryId = primary.id;
        node.primaryHost = node.known.get(primary.id) ?? '';
        node.keys = primary.keys;
        return;
      }
      case 'forget':
        for (const id of step.ids) {
          if (id === node.primaryId) throw new Error("Can't forget my master!");
          node.known.delete(id);
        }
    }
  }

  /** Ids spread to everybody reachable; an address that a node holds already is not corrected by hearsay. */
  private gossip(): void {
    const byId = new Map(this.nodes.map((node) => [node.id, node]));
    const queue = [...this.nodes];
    for (const teller of queue) {
      for (const [friendId, address] of teller.known) {
        const friend = byId.get(friendId);
        if (friend === undefined || friend.ip !== address) continue;
        const news = [...teller.known, [teller.id, teller.ip] as const].filter(
          ([id]) => id !== friend.id && byId.has(id) && !friend.known.has(id),
        );
        for (const [id, ip] of news) friend.known.set(id, ip);
        if (news.length > 0) queue.push(friend);
      }
    }
  }

  view(): PodView[] {
    const assigned = countSlots(this.nodes.flatMap((node) => node.slots));
    const size = this.nodes.filter((node) => node.slots.length > 0).length;
    return this.nodes.map((node) => ({
      ...node.place,
      ip: node.ip,
      port: 6379,
      redis: {
        id: node.id,
        version: '7.2.4',
        keys: node.keys,
        role: node.primaryId === undefined ? 'primary' : 'replica',
        ...(node.primaryId === undefined
          ? {}
          : {
              primaryHost: node.primaryHost,
              linkUp: this.nodes.some(({ ip, id }) => ip === node.primaryHost && id === node.primaryId),
            }),
        memory: { used: node.keys * 1000, limit: 0, evicts: false },
        nodeTimeout: node.nodeTimeout,
        info: {
          cluster_state: assigned === SLOT_COUNT ? 'ok' : 'fail',
          cluster_slots_assigned: String(assigned),
          cluster_slots_ok: String(assigned),
          cluster_slots_pfail: '0',
          cluster_slots_fail: '0',
          cluster_known_nodes: String(node.known.size + 1),
          cluster_size: String(size),
        },
        self: { ...this.entry(node, node.ip, ['myself']), moving: node.moving },
        others: [...node.known].map(([id, ip]) => {
          const other = this.nodes.find((candidate) => candidate.id === id);
          if (other === undefined) return lost(id, ip);
          return this.entry(other, ip, other.ip === ip ? [] : ['fail']);
        }),
      },
    }));
  }

  private entry(node: ModelNode, ip: string, flags: string[]): ClusterEntry {
    return {
      id: node.id,
      ip,
      port: 6379,
      flags: [...flags, node.primaryId === undefined ? 'master' : 'slave'],
      ...(node.primaryId === undefined ? {} : { primaryId: node.primaryId }),
      configEpoch: node.epoch,
      connected: !flags.includes('fail'),
      slots: node.slots,
      moving: [],
    };
  }
}

function lost(id: string, ip: string): ClusterEntry {
  return { id, ip, port: 6379, flags: ['master', 'fail'], configEpoch: 0, connected: false, slots: [], moving: [] };
}
