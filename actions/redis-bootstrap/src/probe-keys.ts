/** Writes, reads and deletes one key in every shard: the last proof that a cluster serves. */
import type { LivePod } from './cluster-view.ts';
import { REDIS_PORT } from './cluster-view.ts';
import type { NodeReply, NodeRequest } from './fan-out.ts';
import { type SlotRange, slotOf } from './slots.ts';

/** Should the run be cut off in between, the key goes by itself after so many seconds. */
const EXPIRES_AFTER_SECONDS = 60;
/** How long a replica may take to confirm the write. */
const WAIT_MILLISECONDS = 2000;

/** A key whose slot is in one of the ranges. Found by trying; there are 16384 slots and any shard has many of them. */
export function keyIn(ranges: readonly SlotRange[], prefix: string): string {
  for (let number = 0; ; number += 1) {
    const key = `${prefix}:${number}`;
    const slot = slotOf(key);
    if (ranges.some(({ first, last }) => slot >= first && slot <= last)) return key;
  }
}

/** The commands for one primary. WAIT answers how many replicas have the write. */
export function probeRequest(primary: LivePod, value: string, replicas: number): NodeRequest {
  const key = keyIn(primary.redis.self.slots, 'moodle-high-scale:probe');
  return {
    ip: primary.ip,
    port: REDIS_PORT,
    commands: [
      `SET ${key} ${value} EX ${EXPIRES_AFTER_SECONDS}`,
      `WAIT ${replicas} ${WAIT_MILLISECONDS}`,
      `GET ${key}`,
      `DEL ${key}`,
    ],
  };
}

/** What the probe found wrong, or undefined. */
export function probeProblem(primary: LivePod, value: string, replicas: number, reply: NodeReply): string | undefined {
  if (reply.replies === undefined) return `${primary.pod} did not answer the write probe: ${reply.silence}`;
  const [set, confirmed, got, deleted] = reply.replies;
  if (set !== 'OK') return `${primary.pod} refused to write: ${set}`;
  if (!(Number(confirmed) >= replicas)) {
    return `${confirmed} of ${replicas} replicas of ${primary.pod} confirmed a write within ${WAIT_MILLISECONDS / 1000} s`;
  }
  if (got !== value) return `${primary.pod} answered a read with another value than was written`;
  return deleted === '1' ? undefined : `${primary.pod} did not delete the probe's key: ${deleted}`;
}
