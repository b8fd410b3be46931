/** When a cluster serves, as every one of its nodes says itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../../actions/redis-bootstrap/test/ask.ts';

const LOOK_EVERY_MILLISECONDS = 50;
const LONGEST_MILLISECONDS = 180_000;

/** Waits until all slots are served on all nodes and every replica is in step. */
export async function untilServing(ips: readonly string[]): Promise<void> {
  const end = Date.now() + LONGEST_MILLISECONDS;
  for (;;) {
    const states = await Promise.all(ips.map((ip) => ask(ip, ['CLUSTER INFO', 'INFO replication'])));
    if (states.every((state) => serves(state, ips.length))) return;
    if (Date.now() > end) throw new Error(`The cluster does not serve after ${LONGEST_MILLISECONDS / 1000} s.`);
    await delay(LOOK_EVERY_MILLISECONDS);
  }
}

function serves(state: string, nodes: number): boolean {
  const has = (line: string): boolean => state.includes(`${line}\r\n`);
  const inStep = has('role:master') ? has('connected_slaves:1') : has('master_link_status:up');
  return has('cluster_state:ok') && has('cluster_slots_ok:16384') && has(`cluster_known_nodes:${nodes}`) && inStep;
}
