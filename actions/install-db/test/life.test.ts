/** The whole life of a database by the committed bundle, with real servers and real processes everywhere but in Moodle. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ADMIN_PASSWORD, NASTY_PASSWORD } from '../../../rehearsal/moodle/testing/site.ts';
import { World } from './world.ts';

jest.setTimeout(120_000);

const OLD = { version: '4.5.8' };
const WITH_PLUGIN = {
  version: '4.5.8',
  plugins: `local/exam https://example.org/exam-2026020300.tar.gz ${'a'.repeat(64)}`,
};
const NEWER_PLUGIN = { ...WITH_PLUGIN, plugins: WITH_PLUGIN.plugins.replace('2026020300', '2026020400') };
const MAJOR = { version: '5.0.2' };

let world: World;
beforeAll(async () => {
  world = await World.open();
}, 60_000);
afterAll(() => world?.close());

const setting = (name: string) => world.site.postgres.sql(`SELECT value FROM mdl_config WHERE name = '${name}'`);

/** Does something once, when the run has said something. */
function when(pattern: RegExp, act: (child: ChildProcess) => unknown) {
  let done = false;
  return (child: ChildProcess, output: string): void => {
    if (done || !pattern.test(output)) return;
    done = true;
    void act(child);
  };
}

test('installed, the same again, a plugin, a newer plugin, a major upgrade, and no way back', async () => {
  const first = await world.run(OLD);
  expect(first).toMatchObject({
    exitCode: 0,
    outputs: { outcome: 'applied', 'state-before': 'empty', 'state-after': 'installed' },
  });
  expect(first.outputs).not.toHaveProperty('restore-point');

  const again = await world.run(OLD);
  expect(again).toMatchObject({ exitCode: 0, outputs: { outcome: 'unchanged', 'duration-seconds': '0' } });

  const plugin = await world.run(WITH_PLUGIN);
  expect(plugin).toMatchObject({
    exitCode: 0,
    outputs: {
      outcome: 'applied',
      'state-before': 'upgrade-pending',
      'state-after': 'installed',
      'restore-point': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    },
  });
  expect(plugin.outputs.steps).toContain('plugins of Moodle 4.5.8 (Build: 20260101), in maintenance mode');
  expect(plugin.summary).toContain(`**Restore point: \`${plugin.outputs['restore-point']}\`.**`);

  const newer = await world.run(NEWER_PLUGIN);
  expect(newer.outputs.steps).toContain('plugins of Moodle 4.5.8 (Build: 20260101), without maintenance mode');
  expect(newer.log).not.toContain('step: enter maintenance mode');
  expect(newer).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });

  const major = await world.run(MAJOR);
  expect(major).toMatchObject({
    exitCode: 0,
    outputs: {
      outcome: 'applied',
      'database-version-before': '4.5.8 (Build: 20260101)',
      'database-version': '5.0.2 (Build: 20260101)',
    },
  });
  expect(major.log).toContain('/login/index.php answers 200');
  expect(major.log.match(/^step: .*/gm)).toEqual([
    'step: stop cron and wait for running tasks',
    'step: enter maintenance mode',
    'step: upgrade',
    'step: purge the caches',
    'step: leave maintenance mode',
    'step: start cron again',
    'step: look at the log-in page',
  ]);

  const back = await world.run(OLD);
  expect(back).toMatchObject({ exitCode: 1, outputs: {} });
  expect(back.errors[0]).toMatch(/^The database is of Moodle 5\.0\.2 .*, and the image is older .*no way back/);
  expect(await setting('release')).toBe('5.0.2 (Build: 20260101)');

  for (const { log, summary } of [first, plugin, major]) {
    for (const password of [ADMIN_PASSWORD, NASTY_PASSWORD]) expect(log + summary).not.toContain(password);
  }
});

describe('an installation whose pod is killed', () => {
  beforeEach(() => world.reset());

  test.each([
    ['tables', 'core version, end mark of the installer (rolesactive)'],
    ['core', 'end mark of the installer (rolesactive)'],
    ['plugins', 'end mark of the installer (rolesactive)'],
    ['administrator', 'name of the site'],
    ['settings', 'name of the site'],
  ])('at the point "%s": told what is missing, and begun again only when that is asked for', async (point, missing) => {
    await world.holdAt(point);
    const killed = await world.run(
      OLD,
      {},
      {
        onOutput: when(new RegExp(`held at ${point}`), async () => {
          await world.killPod();
          world.release();
        }),
      },
    );
    // The next pod of the Job finds them.
    expect(killed.exitCode).toBe(1);
    expect(killed.errors[0]).toContain('the database holds half an installation');

    const stopped = await world.run(OLD);
    expect(stopped.exitCode).toBe(1);
    expect(stopped.errors[0]).toContain(
      `An installation began and did not end: there are 26 tables, but these are missing: ${missing}.`,
    );
    expect(stopped.errors[0]).toContain('set input "on-partial" to reinstall');

    const repaired = await world.run(OLD, { 'on-partial': 'reinstall' });
    expect(repaired).toMatchObject({
      exitCode: 0,
      outputs: { outcome: 'applied', 'state-before': 'partial', 'state-after': 'installed' },
    });
  });

  test('is begun again by the next pod of the same Job when that is allowed', async () => {
    await world.holdAt('plugins');
    const end = await world.run(
      OLD,
      { 'on-partial': 'reinstall' },
      {
        onOutput: when(/held at plugins/, async () => {
          await world.killPod();
          world.release();
        }),
      },
    );
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-after': 'installed' } });
    expect(end.log).toContain('step: drop what the cut-off installation left');
    expect(world.jobs()).toHaveLength(1);
    expect(world.pods(world.jobs()[0] ?? '')).toBe(2);
  });

  test('is not dropped once somebody is in it', async () => {
    expect(await world.run(OLD)).toMatchObject({ exitCode: 0 });
    await world.site.postgres.sql("DELETE FROM mdl_config WHERE name = 'rolesactive'");
    await world.site.postgres.sql("INSERT INTO mdl_user (username) VALUES ('somebody')");
    const end = await world.run(OLD, { 'on-partial': 'reinstall' });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toContain('It holds 1 person and 0 courses, so it is not dropped: restore a backup');
    expect(await world.site.postgres.sql("SELECT count(*) FROM mdl_user WHERE username = 'somebody'")).toBe('1');
  });
});

describe('an upgrade', () => {
  beforeEach(async () => {
    await world.reset();
    expect(await world.run(OLD)).toMatchObject({ exitCode: 0 });
  });

  const open = async (): Promise<void> => {
    expect(existsSync(world.data('climaintenance.html'))).toBe(false);
    expect(existsSync(world.data('moodle-database-upgrade'))).toBe(false);
    expect(await setting('cron_enabled')).toBe('1');
    expect(await setting('release')).toBe('5.0.2 (Build: 20260101)');
  };

  test('whose runner is killed is followed by the next run, and no second one is started', async () => {
    await world.holdAt('upgrade-core');
    const killed = await world.run(
      MAJOR,
      {},
      {
        onOutput: when(/held at upgrade-core/, (child) => child.kill('SIGKILL')),
      },
    );
    expect(killed).toMatchObject({ exitCode: null, outputs: {} });
    expect(existsSync(world.data('climaintenance.html'))).toBe(true);
    const next = await world.run(MAJOR, {}, { onOutput: when(/held at upgrade-core/, () => world.release()) });
    expect(next).toMatchObject({
      exitCode: 0,
      outputs: { outcome: 'applied', 'state-after': 'installed', 'restore-point': expect.stringMatching(/Z$/) },
    });
    expect(next.outputs.steps).toContain('"action":"follow"');
    expect(world.jobs().filter((name) => name.includes('upgrade'))).toHaveLength(1);
    await open();
  });

  test('whose pod is killed is gone on with by the next pod, in maintenance mode until its end', async () => {
    await world.holdAt('upgrade-core');
    const end = await world.run(
      MAJOR,
      {},
      {
        onOutput: when(/held at upgrade-core/, async () => {
          await world.killPod();
          world.release();
        }),
      },
    );
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-after': 'installed' } });
    expect(end.log).toContain('step: go on with an upgrade that was cut off');
    const [first, second] = [...end.log.matchAll(/restore-point: (\S+)/g)].map(([, point]) => point);
    expect(second).toBe(first);
    expect(end.outputs['restore-point']).toBe(first);
    await open();
  });

  test('whose runner and pod are killed, and whose Job is gone, is gone on with by the next run', async () => {
    await world.holdAt('upgrade-core');
    await world.run(
      MAJOR,
      {},
      {
        onOutput: when(/held at upgrade-core/, async (child) => {
          child.kill('SIGKILL');
        }),
      },
    );
    const [job = ''] = world.jobs().filter((name) => name.includes('upgrade'));
    await world.killPod();
    world.cluster.store.delete({ kind: 'Job', namespace: 'moodle', name: job });
    world.release();
    const next = await world.run(MAJOR);
    expect(next).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-before': 'upgrade-pending' } });
    expect(next.outputs.steps).toContain('an upgrade was cut off before it ended maintenance mode');
    expect(next.log).toMatch(/Waiting for the lease moodle-database|took over the lease moodle-database/);
    await open();
  });

  test('is followed through an API server that is away', async () => {
    await world.holdAt('upgrade-core');
    const end = await world.run(
      MAJOR,
      {},
      {
        onOutput: when(/held at upgrade-core/, async () => {
          await world.withoutApi(4000);
          world.release();
        }),
      },
    );
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-after': 'installed' } });
    expect(end.log).toContain('The log stream was lost');
    expect(end.log.match(/step: upgrade$/gm)).toHaveLength(1);
    expect(world.jobs().filter((name) => name.includes('upgrade'))).toHaveLength(1);
    await open();
  });

  test('of two runs at once is done once', async () => {
    const [one, other] = await Promise.all([world.run(MAJOR), world.run(MAJOR)]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    const outcomes = [one, other].map(({ outputs }) => outputs.outcome);
    expect(outcomes).toContain('applied');
    expect(one.log + other.log).toMatch(/step: upgrade/);
    expect(world.jobs().filter((name) => name.includes('upgrade'))).toHaveLength(1);
    expect(await world.site.postgres.sql("SELECT count(*) FROM mdl_upgrade_log WHERE plugin = 'core'")).toBe('1');
    await open();
  });
});
