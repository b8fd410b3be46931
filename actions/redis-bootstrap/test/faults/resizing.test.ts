import { expect, jest, test } from '@jest/globals';
import { type Run, type RunOptions, type Stage, staged } from '../stage.ts';
import { type Contents, contentsOf, KEYS, loadKeys } from './keys.ts';
import { callsOf, killAt } from './kill-at.ts';
import { kindsOf, record, stateOf, succeeded } from './outcome.ts';
import { whileWriting } from './writer.ts';

jest.setTimeout(600_000);

const KILLS = 20;
/** SETSLOT is called some four times for each of the 8192 slots that move: kills are spread over the whole of a move. */
const MOST_CALLS_BETWEEN_KILLS = 3000;

const nodes = (count: number): RunOptions => ({ inputs: { nodes: String(count), timeout: '5m' } });

/** Twelve servers, of which the StatefulSet has six at first, formed and with keys. */
function threeShards(body: (stage: Stage, before: Contents) => Promise<void>): () => Promise<void> {
  const settings = { 'enable-debug-command': 'yes' };
  return staged({ servers: 12, settings }, async (stage) => {
    const { objects } = stage.state;
    const set = objects['StatefulSet/redis-sessions'] as { spec: object };
    stage.change({
      objects: { ...objects, 'StatefulSet/redis-sessions': { ...set, spec: { ...set.spec, replicas: 6 } } },
    });
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
  threeShards(async (stage, before) => {
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
  `a resharding killed at a random slot, ${KILLS} times`,
  threeShards(async (stage, before) => {
    let count = 12;
    const calls: number[] = [];
    while (calls.length < KILLS) {
      const at =
        (await callsOf(stage.servers, 'cluster|setslot')) + 1 + Math.floor(Math.random() * MOST_CALLS_BETWEEN_KILLS);
      const run = await stage.run('apply', { ...nodes(count), ...killAt(stage.servers, 'cluster|setslot', at) });
      if (run.signal === 'SIGKILL') calls.push(at);
      // It came to its end first: back to the other size.
      else if (succeeded(run)) count = 18 - count;
      expect((await contentsOf(stage.servers)).keys).toBeGreaterThanOrEqual(before.keys);
    }
    const found = stateOf(succeeded(await stage.run('plan', nodes(count))));
    const last = succeeded(await stage.run('apply', nodes(count)));
    await isDone(stage, count, before);
    record({
      fault: `A resharding killed at a random slot, ${KILLS} times`,
      found,
      done: kindsOf(last),
      lost: 0,
      seconds: last.milliseconds / 1000,
    });
  }),
);
