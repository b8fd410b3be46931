import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DATABASE, FakeCluster, IMAGE, OTHER_IMAGE, runAction } from './bundle.ts';

jest.setTimeout(30_000);

let cluster: FakeCluster;
afterEach(() => cluster?.remove());

/** A cluster with a database in a state. */
function withDatabase(database: keyof typeof DATABASE, settings: Record<string, unknown> = {}): void {
  cluster = new FakeCluster({ database: DATABASE[database], ...settings });
}

/** A ready web pod of an image. */
const webPod = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'moodle-web-1', labels: { 'app.kubernetes.io/name': 'moodle-web' } },
  spec: { containers: [{ name: 'web', image }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

describe('an empty database', () => {
  test('is installed by one Job, and looked at again', async () => {
    withDatabase('empty');
    const result = await runAction(cluster, { 'site-name': 'My "site" $(HOME)', 'site-short-name': 'my' });
    expect(result).toMatchObject({
      exitCode: 0,
      outputs: {
        outcome: 'applied',
        'state-before': 'empty',
        'state-after': 'installed',
        'moodle-version': '4.5.8',
        'database-version': '4.5.8',
      },
      steps: [{ action: 'install', target: 'database', reason: 'Moodle 4.5.8' }],
    });
    expect(cluster.created().map(({ command }) => command[1])).toEqual(['state', 'install', 'state']);
    expect(cluster.created()[1]?.env).toMatchObject({
      MOODLE_DB_NAME: 'moodle_session',
      MOODLE_SITE_NAME: 'My "site" $$(HOME)',
      MOODLE_ADMIN_EMAIL: 'admin@example.org',
      MOODLE_ADMIN_PASSWORD_FILE: '/mnt/secrets/moodle-admin-password',
    });
    expect(result.summary).toContain('Applied and verified');
    // Only the Job that did something stays, for its log.
    expect(cluster.jobs()).toHaveLength(1);
  });

  test('shows the log as it comes, and takes nothing in it for a command of the runner', async () => {
    withDatabase('empty');
    const { log } = await runAction(cluster);
    expect(log).toContain('Installation completed successfully.');
    expect(log).not.toMatch(/^::warning::not a command/m);
    expect(log.match(/-->System/g)).toHaveLength(1);
  });

  test('no password is anywhere: pods read it from their volume', async () => {
    withDatabase('empty');
    await runAction(cluster);
    for (const { argv, stdin } of cluster.calls()) {
      expect(argv.join(' ')).not.toMatch(/password/i);
      for (const [, name] of stdin.matchAll(/"name":"(\w*PASSWORD\w*)"/g)) expect(name).toMatch(/_FILE$/);
    }
  });

  test('a second run finds it installed and changes nothing', async () => {
    withDatabase('empty');
    await runAction(cluster);
    const before = cluster.created().length;
    const again = await runAction(cluster);
    expect(again).toMatchObject({
      exitCode: 0,
      outputs: { outcome: 'unchanged', 'state-after': 'installed' },
      steps: [],
    });
    expect(
      cluster
        .created()
        .slice(before)
        .map(({ command }) => command[1]),
    ).toEqual(['state']);
  });

  test('with a web pod of this image no Job is needed to look', async () => {
    withDatabase('installed', { pods: [webPod(OTHER_IMAGE), webPod(IMAGE)] });
    expect(await runAction(cluster)).toMatchObject({ exitCode: 0, outputs: { outcome: 'unchanged' } });
    expect(cluster.created()).toEqual([]);
  });
});

describe('a plan changes nothing', () => {
  test('before there is a cluster', async () => {
    withDatabase('empty');
    const result = await runAction(cluster, { mode: 'plan', kubeconfig: undefined, image: undefined });
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned', 'state-before': 'unknown' } });
    expect(result.steps).toEqual([
      { action: 'check', target: 'database', reason: expect.stringContaining('after infra') },
    ]);
  });

  test('before the image is built, when it has a tag only', async () => {
    withDatabase('installed');
    const result = await runAction(cluster, { mode: 'plan', image: 'registry.example.org/moodle:c0ffee' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(result.steps[0]?.reason).toContain('once the image is built');
  });

  test('before any pod runs the image', async () => {
    withDatabase('empty');
    const result = await runAction(cluster, { mode: 'plan' });
    expect(result.steps).toEqual([
      { action: 'check', target: 'database', reason: expect.stringContaining('after the services') },
    ]);
    expect(cluster.created()).toEqual([]);
    expect(
      cluster.calls().filter(({ argv }) => argv.some((word) => ['delete', 'apply', 'exec'].includes(word))),
    ).toEqual([]);
  });

  test.each([
    [
      'installed',
      '4.5.8',
      'planned',
      'unknown',
      'check',
      /of Moodle 4\.5\.8; the new image says whether it or a plugin/,
    ],
    ['installed', '5.0.2', 'planned', 'upgrade-pending', 'upgrade', /^Moodle 4\.5\.8 to 5\.0\.2; the new image says/],
    ['installed', undefined, 'planned', 'unknown', 'check', /the new image says/],
    ['empty', '5.0.2', 'planned', 'empty', 'install', /^Moodle 5\.0\.2$/],
  ] as const)(
    'before the image is built, by a pod of another: %s, wanted %s',
    async (state, release, outcome, before, action, reason) => {
      withDatabase(state, { pods: [webPod(OTHER_IMAGE)] });
      const result = await runAction(cluster, {
        mode: 'plan',
        image: 'registry.example.org/moodle:c0ffee',
        'moodle-version': release,
      });
      expect(result).toMatchObject({ exitCode: 0, outputs: { outcome, 'state-before': before } });
      expect(result.steps).toEqual([{ action, target: 'database', reason: expect.stringMatching(reason) }]);
      expect(cluster.created()).toEqual([]);
    },
  );

  test('a downgrade is refused before anything is built', async () => {
    withDatabase('installed', { pods: [webPod(OTHER_IMAGE)] });
    const result = await runAction(cluster, { mode: 'plan', image: undefined, 'moodle-version': '4.5.7' });
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain('The database is of Moodle 4.5.8, and the image is older (4.5.7)');
  });

  test('while a Job of another image is at work', async () => {
    withDatabase('pending', { jobMilliseconds: 60_000 });
    cluster.putJob('upgrade', OTHER_IMAGE);
    const result = await runAction(cluster, { mode: 'plan' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(result.steps[0]?.reason).toContain('once Job/moodle-database-upgrade-0 has ended');
  });

  test('when a pod can be asked', async () => {
    withDatabase('pending', { pods: [webPod(IMAGE)] });
    const result = await runAction(cluster, { mode: 'plan' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned', 'state-before': 'upgrade-pending' } });
    expect(result.steps).toEqual([{ action: 'upgrade', target: 'database', reason: 'Moodle 4.4.0 to 4.5.8' }]);
    expect(cluster.created()).toEqual([]);
  });
});

test('an upgrade is done by a Job of its own', async () => {
  withDatabase('pending');
  const result = await runAction(cluster);
  expect(result).toMatchObject({
    exitCode: 0,
    outputs: { outcome: 'applied', 'state-before': 'upgrade-pending', 'state-after': 'installed' },
  });
  expect(cluster.created().map(({ command }) => command[1])).toEqual(['state', 'upgrade', 'state']);
});

test('an installation that was cut off is begun again when told to', async () => {
  withDatabase('partial');
  const result = await runAction(cluster, { 'on-partial': 'reinstall' });
  expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-before': 'partial' } });
  expect(cluster.created().map(({ command }) => command[1])).toEqual(['state', 'reinstall', 'state']);
});

describe('what is refused', () => {
  test.each([
    ['newer', /database is of Moodle 5\.0\.0, and the image is older \(4\.5\.8\).*restore the database/],
    ['partial', /An installation began and did not end: there are 26 tables, but these are missing: core version/],
    [
      'unreachable',
      /cannot reach the database: connection to server at "pgbouncer" failed\. Check that PgBouncer runs/,
    ],
  ] as const)('%s', async (state, message) => {
    withDatabase(state);
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(message);
    expect(cluster.created().map(({ command }) => command[1])).toEqual(['state']);
    expect(cluster.jobs()).toEqual([]);
  });

  test('a Job with another image that is at work', async () => {
    withDatabase('pending', { jobMilliseconds: 60_000 });
    cluster.putJob('upgrade', OTHER_IMAGE);
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/Job\/moodle-database-upgrade-0 works on the database with another image/);
    expect(cluster.created()).toEqual([]);
  });
});
