import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DATABASE, FakeCluster, IMAGE, OTHER_IMAGE, runAction, startAction } from './bundle.ts';

jest.setTimeout(30_000);

let cluster: FakeCluster;
afterEach(() => cluster?.remove());

/** A cluster with a database in a state. */
function withDatabase(database: keyof typeof DATABASE, settings: Record<string, unknown> = {}): FakeCluster {
  cluster = new FakeCluster({ database: DATABASE[database], ...settings });
  return cluster;
}

/** A ready web pod of an image. */
const webPod = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'moodle-web-1', labels: { 'app.kubernetes.io/part-of': 'moodle' } },
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
    withDatabase('empty', { pods: [webPod(OTHER_IMAGE)] });
    const result = await runAction(cluster, { mode: 'plan' });
    expect(result.steps).toEqual([
      { action: 'check', target: 'database', reason: expect.stringContaining('after the services') },
    ]);
    expect(cluster.created()).toEqual([]);
    expect(
      cluster.calls().filter(({ argv }) => argv.some((word) => ['delete', 'apply', 'exec'].includes(word))),
    ).toEqual([]);
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

describe('failures', () => {
  test('a list of components that is out of date ends with 0 and counts as failed', async () => {
    withDatabase('pending', {
      scripts: {
        upgrade: {
          lines: ['Outdated component cache file defined in $CFG->alternative_component_cache, can not continue'],
          succeeds: true,
        },
      },
    });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain('Moodle did nothing, because its list of components is older than its code');
  });

  test('success without the words of success is not believed', async () => {
    withDatabase('empty', { scripts: { install: { lines: ['-->System'], succeeds: true } } });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain("it ended without Moodle's message of success");
  });

  test('words of success without a good database are not believed', async () => {
    withDatabase('empty', {
      scripts: { install: { lines: ['Installation completed successfully.'], succeeds: true } },
    });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain('The database is in the state "empty", not "installed"');
  });

  test('a Job that fails shows its last lines, and the next run tries again', async () => {
    withDatabase('empty', {
      scripts: { install: { lines: ['-->System', 'Dependencies check failed for local_x'], succeeds: false } },
    });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/Job\/moodle-database-install-\w+ did not install the database: it failed/);
    expect(result.log).toContain('Dependencies check failed for local_x');
    cluster.change({ scripts: {} });
    expect(await runAction(cluster)).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
  });

  test('a pod that cannot start is named with its cause, and does not block the next run', async () => {
    withDatabase('empty', {
      podStatus: {
        phase: 'Pending',
        containerStatuses: [
          { name: 'database', state: { waiting: { reason: 'InvalidImageName', message: 'no such image' } } },
        ],
      },
    });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/does not start: pod .* InvalidImageName \(no such image\)/);
    expect(cluster.jobs()).toEqual([]);
  });

  test('an API server that is away', async () => {
    withDatabase('empty', { unreachable: true });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/The Kubernetes API server cannot be reached/);
  });

  test('a permission that is missing', async () => {
    withDatabase('empty', { forbidden: 'create' });
    const result = await runAction(cluster);
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain('"pipeline" may not create jobs.batch in the namespace "moodle"');
  });

  test('wrong inputs, all at once, before anything is asked', async () => {
    withDatabase('empty');
    const contract = await runAction(cluster, { mode: 'try', timeout: 'long', 'admin-email': undefined });
    expect(contract.exitCode).toBe(1);
    for (const name of ['mode', 'timeout', 'admin-email']) expect(contract.log).toContain(`Input "${name}"`);
    const own = await runAction(cluster, {
      image: 'moodle:latest',
      'admin-user': 'Guest User',
      'admin-email': 'nobody',
      language: 'English',
    });
    expect(own.exitCode).toBe(1);
    for (const name of ['image', 'admin-user', 'admin-email', 'language'])
      expect(own.log).toContain(`Input "${name}" must`);
    expect(cluster.calls()).toEqual([]);
  });

  test('manifests that are not there', async () => {
    withDatabase('empty');
    const result = await runAction(cluster, { manifests: 'nowhere' });
    expect(result).toMatchObject({ exitCode: 1, log: expect.stringContaining('there is none in "nowhere"') });
  });
});

describe('going on', () => {
  test('through a log stream that breaks off, without a line twice', async () => {
    withDatabase('empty', { streamBreaks: 2, jobMilliseconds: 1500 });
    const result = await runAction(cluster);
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
    expect(result.log).toContain('The log stream was lost');
    expect(result.log.match(/-->System/g)).toHaveLength(1);
  });

  test('after the runner was stopped: the next run attaches to the Job and starts no second one', async () => {
    withDatabase('pending');
    const first = startAction(cluster);
    await eventually(() => cluster.created().some(({ command }) => command[1] === 'upgrade'));
    cluster.change({ jobMilliseconds: 4000 });
    await eventually(() => first.log().includes('-->System'));
    first.kill('SIGTERM');
    const stopped = await first.done;
    expect(stopped.exitCode).toBe(1);
    expect(stopped.log).toContain('Run it again: it goes on where it stopped');
    const second = await runAction(cluster);
    expect(second).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied', 'state-after': 'installed' } });
    expect(second.steps).toEqual([expect.objectContaining({ action: 'follow' })]);
    expect(cluster.created().filter(({ command }) => command[1] === 'upgrade')).toHaveLength(1);
  });

  test('a Job that takes longer than it may is left alone', async () => {
    withDatabase('pending', {});
    const run = startAction(cluster, { timeout: '2s' });
    await eventually(() => cluster.created().some(({ command }) => command[1] === 'upgrade'));
    cluster.change({ jobMilliseconds: 60_000 });
    const result = await run.done;
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/has not ended within 2 s\. It goes on by itself; run again to attach to it/);
    expect(cluster.jobs().some((name) => name.includes('upgrade'))).toBe(true);
  });
});

/** Waits for something that a running action does. */
async function eventually(ask: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!ask()) {
    if (Date.now() > end) throw new Error('It did not happen.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
