import { expect, jest, test } from '@jest/globals';
import { type Run, type RunOptions, type Stage, staged } from '../stage.ts';
import { until } from '../until.ts';
import { IS_FULL, KEYS, KILLS } from './extent.ts';
import { type Contents, contentsOf, loadKeys } from './keys.ts';
import { callsOf, killAt } from './kill-at.ts';
import { kindsOf, record, stateOf, succeeded } from './outcome.ts';
import { whileWriting } from './writer.ts';

jest.setTimeout(600_000);

/** A fourth shard; six, where it may take its time. */
const MORE = IS_FULL ? 12 : 8;
/** SETSLOT is called some four times for each of the 4096 or 8192 slots that move: kills are spread over the whole of a move. */
const MOST_CALLS_BETWEEN_KILLS = 3000;

/** As in the manifests: servers that are busy copying are not taken for dead, and one that is stops nobody else. */
const SETTINGS = {
  'enable-debug-command': 'yes',
  'cluster-node-timeout': '5000',
  'cluster-require-full-coverage': 'no',
};

const nodes = (count: number): RunOptions => ({ inputs: { nodes: String(count), timeout: '5m' } });

/** So many servers, of which the StatefulSet has six at first, formed and with keys. */
function threeShards(servers: number, body: (stage: Stage, before: Contents) => Promise<void>): () => Promise<void> {
  return staged({ servers, settings: SETTINGS }, async (stage) => {
    stage.resize(6);
    succeeded(await stage.run('apply', nodes(6)));
    await loadKeys(stage.servers, KEYS);
    await body(stage, await contentsOf(stage.servers));
  });
}

/** Nothing is left to do, and the keys are what they were. */
async function isDone(stage: Stage, count: number, before: Contents): Promise<void> {
  expect(succeeded(await stage.run('plan', nodes(count))).outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
  expect(await contentsOf(stage.servers)).toEqual(before);
}

test.concurrent(
  'from three shards to six and back, while clients write',
  threeShards(12, async (stage, before) => {
    const found: string[] = [];
    const runs: Run[] = [];
    const written = await whileWriting(stage.servers.ips[0] ?? '', async () => {
      for (const count of [12, 6]) {
        found.push(stateOf(succeeded(await stage.run('plan', nodes(count)))));
        runs.push(succeeded(await stage.run('apply', nodes(count))));
      }
    });
    expect(written).toMatchObject({ failures: [], lost: [] });
    expect(written.confirmed).toBeGreaterThan(1000);
    expect(written.redirects).toBeGreaterThan(0);
    await isDone(stage, 6, before);
    for (const [index, what] of ['Three shards to six', 'Six shards to three'].entries()) {
      const [run, state] = [runs[index], found[index]];
      if (run === undefined || state === undefined) throw new Error('a run is missing');
      record({
        fault: `${what}, while clients write`,
        found: state,
        done: kindsOf(run),
        lost: 0,
        seconds: run.milliseconds / 1000,
      });
    }
  }),
);

test.concurrent(
  'a resharding killed at random slots, time and again',
  threeShards(MORE, async (stage, before) => {
    let count = MORE;
    const calls: number[] = [];
    while (calls.length < KILLS) {
      const at =
        (await callsOf(stage.servers, 'cluster|setslot')) + 1 + Math.floor(Math.random() * MOST_CALLS_BETWEEN_KILLS);
      const run = await stage.run('apply', { ...nodes(count), ...killAt(stage.servers, 'cluster|setslot', at) });
      if (run.signal === 'SIGKILL') calls.push(at);
      // It came to its end first: back to the other size.
      else if (succeeded(run)) count = 6 + MORE - count;
      expect((await contentsOf(stage.servers)).keys).toBeGreaterThanOrEqual(before.keys);
    }
    const found = stateOf(succeeded(await stage.run('plan', nodes(count))));
    const last = succeeded(await stage.run('apply', nodes(count)));
    await isDone(stage, count, before);
    record({
      fault: 'A resharding killed at random slots, time and again',
      found,
      done: kindsOf(last),
      lost: 0,
      seconds: last.milliseconds / 1000,
    });
  }),
);

test.concurrent(
  'a resharding killed, and then a primary whose slots are on their way',
  threeShards(MORE, async (stage, before) => {
    const { servers } = stage;
    const giver = await giverOf(stage);
    const id = servers.cli(giver, 'cluster', 'myid');
    await servers.kill(giver);
    await until(
      () => (/ master,fail /.test(lineOf(servers.cli(giver === 1 ? 2 : 1, 'cluster', 'nodes'), id)) ? 'failed' : ''),
      'failed',
    );
    await servers.launch(giver);
    stage.refreshPods();
    const found = stateOf(succeeded(await stage.run('plan', nodes(MORE))));
    const run = succeeded(await stage.run('apply', nodes(MORE)));
    await isDone(stage, MORE, before);
    record({
      fault: 'A resharding killed, and then a primary whose slots are on their way',
      found,
      done: kindsOf(run),
      lost: 0,
      seconds: run.milliseconds / 1000,
    });
  }),
);

/** Kills a resharding, again where it was just between two batches, and names a primary that has slots on their way. */
async function giverOf(stage: Stage): Promise<number> {
  const { servers } = stage;
  for (let tries = 0; tries < 5; tries += 1) {
    const calls = (await callsOf(servers, 'cluster|setslot')) + 300;
    const run = await stage.run('apply', { ...nodes(MORE), ...killAt(servers, 'cluster|setslot', calls) });
    expect(run.signal).toBe('SIGKILL');
    const giver = [...servers.ips.keys()].find((ordinal) =>
      /myself,master.*\[\d+->-/.test(servers.cli(ordinal, 'cluster', 'nodes')),
    );
    if (giver !== undefined) return giver;
  }
  throw new Error('no slot is on its way');
}

/** What CLUSTER NODES says of one node. */
function lineOf(answer: string, id: string): string {
  return answer.split('\n').find((line) => line.startsWith(id)) ?? '';
}
