/** A part of `npm run fuzz` that is always the same, and what its verdict calls wrong. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contract } from '../../actions/install-db/src/contract.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { fuzzOnce, type Trial } from './trial.ts';
import { targets } from './usual-inputs.ts';
import { problemsOf, type Seen } from './verdict.ts';

const BATCHES = 5;
const RUNS_OF_A_BATCH = 20;

describe('the bundles on hostile inputs', () => {
  let sandbox: Sandbox;
  const trials: Trial[] = [];
  beforeAll(async () => {
    sandbox = await openSandbox();
  });
  afterAll(() => sandbox.close());

  test.each(Array.from({ length: BATCHES }, (_, batch) => 1 + batch * RUNS_OF_A_BATCH))(
    'from seed %d on: a sentence and exit code 1, or a proper run',
    async (first) => {
      for (let seed = first; seed < first + RUNS_OF_A_BATCH; seed += 1) {
        const trial = await fuzzOnce(seed, sandbox);
        trials.push(trial);
        expect({ seed, problems: trial.problems }).toEqual({ seed, problems: [] });
      }
    },
    120_000,
  );

  test('reached every action, and what lies behind the checks', () => {
    expect(new Set(trials.map(({ action }) => action))).toEqual(new Set(targets.map(({ folder }) => folder)));
    expect(trials.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(5);
    expect(trials.filter(({ exitCode }) => exitCode === 1).length).toBeGreaterThan(5);
  });
});

describe('the verdict', () => {
  const fine: Seen = {
    end: {
      exitCode: 1,
      log: '::error::Input "mode" must be one of plan, apply; it is "x".\n',
      errors: ['Input "mode" must be one of plan, apply; it is "x".'],
      warnings: [],
      outputs: {},
      state: {},
      summary: '',
      seconds: 0,
    },
    contract,
    calls: [],
    stopped: false,
    outsideChanged: false,
    proven: false,
    left: [],
  };
  const logged = (log: string): Partial<Seen> => ({ end: { ...fine.end, log } });

  test('finds nothing wrong with a sentence and exit code 1', () => {
    expect(problemsOf(fine)).toEqual([]);
  });

  test.each<[string, Partial<Seen>]>([
    ['a signal', { end: { ...fine.end, exitCode: null } }],
    ['silence', { end: { ...fine.end, errors: [] } }],
    ['a stack trace', logged('TypeError: x\n    at read (file:///dist/index.js:1:20)\n')],
    ['a system error', { end: { ...fine.end, errors: ["ENAMETOOLONG: name too long, open '/x'"] } }],
    ['a command at the beginning of a line', logged('a line\n  ::set-output name=a::b\n')],
    ['a command after a carriage return', logged('a line\r::add-path::/x\n')],
    ['an old command in the middle of a line', logged('the pod says ##[warning]fuzzed\n')],
    ['an output that is not in the contract', { end: { ...fine.end, outputs: { other: '' } } }],
    ['a value as an option', { calls: [['get', 'statefulsets', '--raw=/fuzzed']] }],
    ['a change outside', { outsideChanged: true }],
    ['a value that was run', { proven: true }],
    ['something left behind', { left: ['moodle-high-scale-x'] }],
  ])('calls %s wrong', (_, seen) => {
    expect(problemsOf({ ...fine, ...seen })).toHaveLength(1);
  });
});
