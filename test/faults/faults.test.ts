/** The fault matrix in little: a part of the pipeline with faults, and how trials are chosen and judged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Attempt, Fault, FaultReport } from '../../rehearsal/faults/fault.ts';
import { renderFaults } from '../../scripts/faults-page.ts';
import { runWithFaults } from './run.ts';
import { chooseTrials, planOf, type Trial } from './trials.ts';
import { verdictsOf } from './verdicts.ts';

const KUBERNETES = 'deploy/apply/redis-cache/redis';
const INFRA = 'deploy/apply/infra/infra';

/** A trial of one fault, or of two. */
function trial(stage: string, attempt: number, ...faults: Omit<Exclude<Fault, { kind: 'disk-full' }>, 'id'>[]): Trial {
  const id = `${stage} ${attempt} ${faults.map(({ kind, nth }) => `${kind} ${nth}`).join(' ')}`;
  return { id, stage, attempt, faults: faults.map((fault, index) => ({ ...fault, id: `${id} ${index}` })) };
}

test('twenty faults up to a Redis Cluster: each is overcome, or its action says the cause and converges when it is run again', async () => {
  const kubernetes = (attempt: number, kind: Parameters<typeof trial>[2]['kind'], ...nths: number[]): Trial =>
    trial(KUBERNETES, attempt, ...nths.map((nth) => ({ kind, service: 'kubernetes' as const, nth })));
  const azure = (stage: string, kind: Parameters<typeof trial>[2]['kind'], nth: number): Trial =>
    trial(`deploy/plan/plan/${stage}`, 0, { kind, service: 'azure', nth });
  const terraform = (attempt: number, kind: Parameters<typeof trial>[2]['kind'], nth: number): Trial =>
    trial(INFRA, attempt, { kind, service: 'terraform', nth });
  const trials = [
    azure('redis-sessions', 'reset', 1),
    azure('redis-cache', 'throttled', 2),
    azure('services', 'server-error', 3),
    azure('database', 'unavailable', 3),
    azure('web', 'lost-answer', 3),
    azure('cron', 'truncated', 3),
    terraform(0, 'throttled', 20),
    terraform(1, 'kill', 50),
    terraform(2, 'lost-answer', 30),
    kubernetes(0, 'throttled', 2),
    kubernetes(0, 'unavailable', 9),
    kubernetes(0, 'reset', 16),
    kubernetes(0, 'lost-answer', 23),
    kubernetes(0, 'kill', 30),
    kubernetes(1, 'server-error', 4, 5),
    kubernetes(1, 'pod-out-of-memory', 12),
    kubernetes(1, 'kill-tree', 20),
    kubernetes(2, 'stale-read', 5),
    kubernetes(2, 'terminate', 12),
  ];
  const directory = mkdtempSync(join(tmpdir(), 'faults-test-'));
  try {
    const run = await runWithFaults(directory, planOf(trials), {
      arguments: ['--only', 'redis-cache'],
      limitMilliseconds: 240_000,
      partly: true,
    });
    const verdicts = verdictsOf(trials, run.report);
    expect({ failed: verdicts.filter(({ end }) => end === 'failed'), problems: run.problems }).toEqual({
      failed: [],
      problems: [],
    });
    // A fault that comes after what ended an attempt does not come about.
    expect(verdicts.length).toBeGreaterThan(12);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 300_000);

describe('choosing', () => {
  const attempt: Attempt = { faults: [], fired: [], requests: {}, succeeded: true, seconds: 1, errors: [] };
  const reference: FaultReport = [
    { stage: 'deploy/plan/plan/web', attempts: [{ ...attempt, requests: { github: 1, azure: 3 } }] },
    { stage: 'deploy/apply/web/web', attempts: [{ ...attempt, requests: { azure: 5, kubernetes: 60 } }] },
  ];

  test('depends on nothing but the seed', () => {
    expect(chooseTrials(7, reference)).toEqual(chooseTrials(7, reference));
    expect(chooseTrials(7, reference)).not.toEqual(chooseTrials(8, reference));
  });

  test('keeps the singles of an attempt apart', () => {
    for (let seed = 1; seed < 50; seed += 1)
      for (const attempts of Object.values(planOf(chooseTrials(seed, reference))))
        for (const faults of attempts) {
          const places = faults.flatMap((fault) =>
            fault.kind === 'disk-full' ? [] : [`${fault.service} ${fault.nth}`],
          );
          expect(new Set(places).size).toBe(places.length);
        }
  });
});

describe('judging', () => {
  const one = trial('s', 0, { kind: 'throttled', service: 'azure', nth: 1 });
  const attempt = (succeeded: boolean, fired: boolean, ...errors: string[]): Attempt => ({
    faults: one.faults,
    fired: fired ? one.faults.map(({ id }) => ({ id, at: 'GET /x' })) : [],
    requests: {},
    succeeded,
    seconds: 1,
    errors,
  });
  const judged = (...attempts: Attempt[]) => verdictsOf([one], [{ stage: 's', attempts }]).map(({ end }) => end);

  test('counts what came about, and nothing else', () => {
    expect(judged(attempt(true, false))).toEqual([]);
    expect(judged(attempt(true, true))).toEqual(['overcome']);
    expect(judged(attempt(false, true, 'Azure throttles.'), attempt(true, false))).toEqual(['run again']);
  });

  test('fails a sentence that names another cause, and what does not converge', () => {
    expect(judged(attempt(false, true, 'It went wrong.'), attempt(true, false))).toEqual(['failed']);
    expect(judged(attempt(false, true, 'Azure throttles.'), attempt(false, false, 'Still locked.'))).toEqual([
      'failed',
    ]);
  });

  test('the page counts no trial of a run with which something else was wrong', () => {
    const verdicts = verdictsOf([one], [{ stage: 's', attempts: [attempt(true, true)] }]);
    const run = { seed: 1, seconds: 1, planned: 1, verdicts };
    expect(renderFaults([{ ...run, problems: [] }])).toContain('**1 of 1 singles, 0 of 0 pairs**');
    expect(renderFaults([{ ...run, problems: ['left locked: x'] }])).toContain('**0 of 1 singles, 0 of 0 pairs**');
  });
});
