/** A cluster with keys that something happens to, and its healing. */
import { expect } from '@jest/globals';
import { type RunOptions, type Stage, type StageOptions, staged } from '../stage.ts';
import { KEYS } from './extent.ts';
import { type Contents, contentsOf, loadKeys } from './keys.ts';
import { kindsOf, type Outcome, record, stateOf, succeeded } from './outcome.ts';

/** A node timeout that is not reached because the machine is busy. */
const SETTINGS = { 'enable-debug-command': 'yes', 'cluster-node-timeout': '3000' };

/** A test on a formed cluster with keys in every slot. */
export function withKeys(
  body: (stage: Stage, before: Contents) => Promise<void>,
  options: StageOptions = {},
): () => Promise<void> {
  const { settings = {} } = options;
  const all: StageOptions['settings'] = (ip) => ({
    ...SETTINGS,
    ...(typeof settings === 'function' ? settings(ip) : settings),
  });
  return staged({ ...options, settings: all }, async (stage) => {
    succeeded(await stage.run('apply', nodesOf(stage)));
    await loadKeys(stage.servers, KEYS);
    await body(stage, await contentsOf(stage.servers));
  });
}

/** The input that says how many nodes there are. */
export function nodesOf({ servers }: Stage): RunOptions {
  return { inputs: { nodes: String(servers.ips.length) } };
}

/** What a plan says that the cluster is now. */
export async function finds(stage: Stage): Promise<string> {
  return stateOf(succeeded(await stage.run('plan', nodesOf(stage))));
}

/** How a healing differs from the usual. */
export interface Healing {
  /** What was found earlier; now when absent. */
  found?: string;
  /** What happens while the run is at work. */
  meanwhile?: () => Promise<void>;
  /** Inputs of the healing run. */
  inputs?: Record<string, string>;
}

/** One run heals, the next has nothing to do, and the keys are what they were. */
export async function heals(
  stage: Stage,
  fault: string,
  before: Contents,
  { found, meanwhile, inputs }: Healing = {},
): Promise<Outcome> {
  const state = found ?? (await finds(stage));
  const options = { inputs: { ...nodesOf(stage).inputs, ...inputs } };
  const [run] = await Promise.all([stage.run('apply', options), meanwhile?.()]);
  succeeded(run);
  const again = succeeded(await stage.run('plan', nodesOf(stage)));
  expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
  const after = await contentsOf(stage.servers);
  expect(after).toEqual(before);
  const lost = before.keys - after.keys;
  const outcome = { fault, found: state, done: kindsOf(run) || 'wait', lost, seconds: run.milliseconds / 1000 };
  record(outcome);
  return outcome;
}

/** Ordinals of the primaries, or of the replicas, as the servers say themselves. */
export function ordinalsOf({ servers }: Stage, role: 'master' | 'slave'): number[] {
  return [...servers.ips.keys()].filter((ordinal) =>
    servers.cli(ordinal, 'info', 'replication').includes(`role:${role}`),
  );
}

/** The replica of a primary. */
export function replicaOf(stage: Stage, primary: number): number {
  const id = stage.servers.cli(primary, 'cluster', 'myid');
  const found = ordinalsOf(stage, 'slave').find((ordinal) =>
    stage.servers.cli(ordinal, 'cluster', 'nodes').includes(`myself,slave ${id}`),
  );
  if (found === undefined) throw new Error(`redis-sessions-${primary} has no replica`);
  return found;
}
