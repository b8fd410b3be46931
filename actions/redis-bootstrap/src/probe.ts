/** Writes, reads and deletes one key in every shard: the last proof that a cluster serves. */
import type { LivePod } from './cluster-view.ts';
import type { NodeRequest, Stage } from './fan-out.ts';

/** Where the key can be written and not deleted, it goes by itself after so many seconds. */
const EXPIRES_AFTER_SECONDS = 60;
/** How long the replicas of a primary may take to confirm the write. */
const WAIT_MILLISECONDS = 1000;

/**
 * Finds a key of a slot that this node serves by trying; there are 16384 slots and any shard has many of them. It is written,
 * read and deleted in one script, which nothing interrupts: whenever the run is cut off, no key stays. A primary without
 * slots has nothing to prove.
 */
const SCRIPT = [
  // Line by line: a pattern over all of them takes as long as the square of a line for each of a hundred nodes.
  'local slots, mine = {}, [[]]',
  'for line in string.gmatch(redis.call([[CLUSTER]], [[NODES]]), [[[^%c]+]]) do',
  'if string.find(line, [[myself,master]], 1, true) then mine = line end end',
  'for first, last in string.gmatch(string.match(mine, [[connected(.*)]]) or [[]], [[ (%d+)%-?(%d*)]]) do',
  'for slot = tonumber(first), tonumber(last) or tonumber(first) do slots[slot] = true end end',
  'if next(slots) == nil then return [[none]] end',
  'local number = 0',
  'while not slots[redis.call([[CLUSTER]], [[KEYSLOT]], [[moodle-high-scale:probe:]] .. number)] do number = number + 1 end',
  'local key = [[moodle-high-scale:probe:]] .. number',
  `redis.call([[SET]], key, ARGV[1], [[EX]], [[${EXPIRES_AFTER_SECONDS}]])`,
  'local value = redis.call([[GET]], key)',
  'redis.call([[DEL]], key)',
  'return value',
].join(' ');

/** What a primary answered to the probe. */
export interface Probe {
  /** What was read; else why nothing could be written. */
  read: string;
  /** How many replicas have the write. */
  confirmed: string;
  /** What was written. */
  expected: string;
}

/**
 * The stage after a look at all nodes; it is left out where the cluster does not serve. Replicas and primaries without slots
 * have nothing to write. WAIT answers how many replicas have the write.
 *
 * @param value letters, digits and dashes
 */
export function probeStage(nodes: readonly Omit<NodeRequest, 'commands'>[], value: string, replicas: number): Stage {
  const commands = [`EVAL "${SCRIPT}" 0 ${value}`, `WAIT ${replicas} ${WAIT_MILLISECONDS}`];
  return {
    requests: nodes.map((node) => ({ ...node, commands })),
    unless: ['cluster_state:fail', 'cluster_slots_assigned:0', 'master_link_status:down'],
  };
}

/** The answers to it; undefined when the node was not asked. */
export function readProbe(replies: readonly string[], expected: string): Probe | undefined {
  const [read, confirmed] = replies;
  return read === undefined || confirmed === undefined ? undefined : { read, confirmed, expected };
}

/** What the probe found wrong on a primary, or undefined. */
export function probeProblem({ pod, redis: { probe } }: LivePod, replicas: number): string | undefined {
  if (probe === undefined) return `${pod} was not asked to write`;
  const { read, confirmed, expected } = probe;
  if (read !== expected) {
    return ERROR.test(read)
      ? `${pod} refused to write: ${read}`
      : `${pod} answered a read with another value than was written`;
  }
  if (Number(confirmed) >= replicas) return undefined;
  return `${confirmed} of ${replicas} replicas of ${pod} confirmed a write within ${WAIT_MILLISECONDS / 1000} s`;
}

/** How errors begin: a code in capitals. */
const ERROR = /^[A-Z]{2,} /;
