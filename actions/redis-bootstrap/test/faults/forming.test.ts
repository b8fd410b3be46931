import { expect, jest, test } from '@jest/globals';
import { staged } from '../stage.ts';
import { killAt } from './kill-at.ts';
import { record, stateOf, succeeded } from './outcome.ts';

jest.setTimeout(240_000);

/** The first, one in the middle and the last of each kind, for three primaries and three replicas. */
const POINTS = [
  ['cluster|set-config-epoch', 1],
  ['cluster|set-config-epoch', 6],
  ['cluster|addslotsrange', 1],
  ['cluster|addslotsrange', 3],
  ['cluster|meet', 1],
  ['cluster|meet', 5],
  ['cluster|replicate', 1],
  ['cluster|replicate', 3],
] as const;

const found = new Set<string>();
const seconds: number[] = [];

test.concurrent.each(POINTS)('forming killed at %s number %i goes on where it stopped', (command, count) =>
  staged({}, async (stage) => {
    const cut = await stage.run('apply', killAt(stage.servers, command, count));
    expect(cut.signal).toBe('SIGKILL');
    found.add(stateOf(succeeded(await stage.run('plan'))));
    const run = succeeded(await stage.run('apply'));
    expect(run.steps.map(({ action }) => action)).not.toContain('reset');
    seconds.push(run.milliseconds / 1000);
    expect(succeeded(await stage.run('plan')).outputs.outcome).toBe('unchanged');
  })(),
);

test('every forming that was killed is found for what it is', () => {
  expect(seconds).toHaveLength(POINTS.length);
  record({
    fault: `Forming killed (at each of ${POINTS.length} points)`,
    found: [...found].sort().join(', '),
    done: 'the steps that are left',
    lost: 0,
    seconds: Math.max(...seconds),
  });
});
