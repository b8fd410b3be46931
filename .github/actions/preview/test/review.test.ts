import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ActionEnd, runAction } from '../../../../test/support/action-process.ts';

interface Planned {
  steps: { action: string; target: string; reason?: string }[];
  fingerprint?: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'review-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the action on these phases, as the job that plans does. */
function preview(phases: Record<string, Planned>, reviewed = ''): Promise<ActionEnd> {
  const plans = Object.fromEntries(
    Object.entries(phases).map(([name, { steps, fingerprint = '' }]) => [
      name,
      { outputs: { outcome: steps.length === 0 ? 'unchanged' : 'planned', steps: JSON.stringify(steps), fingerprint } },
    ]),
  );
  return runAction({
    action: '.github/actions/preview',
    inputs: { environment: 'production', plans: JSON.stringify(plans), reviewed },
    environment: { RUNNER_TEMP: folder },
  });
}

const web = (reason: string): Planned['steps'] => [{ action: 'update', target: 'Deployment/moodle-web', reason }];

/** Shows one plan for approval, then compares another with it. */
async function approveThen(before: Record<string, Planned>, after: Record<string, Planned>): Promise<ActionEnd> {
  const shown = await preview(before);
  expect(shown.errors).toEqual([]);
  const kept = join(folder, `${Math.random()}.json`);
  writeFileSync(kept, readFileSync(shown.outputs['review-file'] ?? ''));
  return preview(after, kept);
}

describe('behind the gate', () => {
  test('the same plan goes on', async () => {
    const plan = { web: { steps: web('image'), fingerprint: 'a' }, cron: { steps: [] } };
    const end = await approveThen(plan, plan);
    expect(end.errors).toEqual([]);
    expect(end.summary).toContain('### production: as approved');
  });

  test.each([
    [
      'another step',
      { web: { steps: web('image') }, cron: { steps: [{ action: 'delete', target: 'Service/x' }] } },
      ['Moodle cron pods, Service/x: reviewed nothing, now delete'],
    ],
    [
      'another reason',
      { web: { steps: web('replicas 3 -> 30') }, cron: { steps: [] } },
      ['Moodle web pods, Deployment/moodle-web: reviewed update (image), now update (replicas 3 -> 30)'],
    ],
    [
      'a phase that was not shown',
      { web: { steps: web('image') }, other: { steps: web('x') } },
      ['other, Deployment/moodle-web: reviewed nothing, now update (x)'],
    ],
  ])('%s stops, and is shown', async (_, after, lines) => {
    const end = await approveThen({ web: { steps: web('image') }, cron: { steps: [] } }, after);
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(/^What would be done now is not what was approved, in: .*Nothing was applied/);
    for (const line of lines) expect(end.log).toContain(line);
    expect(end.summary).toContain('| Phase | Target | Reviewed | Now |');
  });

  test('the same steps with other content stop', async () => {
    const end = await approveThen(
      { web: { steps: web('image'), fingerprint: 'a' } },
      { web: { steps: web('image'), fingerprint: 'b' } },
    );
    expect(end.exitCode).toBe(1);
    expect(end.summary).toContain('| Moodle web pods | `the same steps` | what was shown | with other content |');
  });

  test('a phase whose work is done already goes on, and says so', async () => {
    const end = await approveThen({ web: { steps: web('image'), fingerprint: 'a' } }, { web: { steps: [] } });
    expect(end.exitCode).toBe(0);
    expect(end.log).toContain('Moodle web pods: what was approved needs no doing any more.');
  });

  test('without the plan that was approved nothing goes on', async () => {
    const none = await preview({ web: { steps: [] } }, join(folder, 'none.json'));
    expect(none.errors[0]).toMatch(/^Input "reviewed" names .*none\.json, which does not exist/);
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '[{"name": "web"}]');
    expect((await preview({ web: { steps: [] } }, broken)).errors[0]).toMatch(/is not a plan that this action kept/);
  });
});
