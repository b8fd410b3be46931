import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DATABASE, FakeCluster, OTHER_IMAGE, runAction, startAction } from './bundle.ts';

jest.setTimeout(30_000);

let cluster: FakeCluster;
afterEach(() => cluster?.remove());

/** A cluster with a database in a state, and with what goes wrong. */
function withDatabase(database: keyof typeof DATABASE, settings: Record<string, unknown> = {}): void {
  cluster = new FakeCluster({ database: DATABASE[database], ...settings });
}

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

  test('a run with another image that begins while this one looks goes first, and this one stops', async () => {
    withDatabase('pending', { jobMilliseconds: 500 });
    const run = startAction(cluster);
    await eventually(() => cluster.created().some(({ command }) => command[1] === 'state'));
    cluster.putJob('upgrade', OTHER_IMAGE, new Date(Date.now() + 60_000));
    const result = await run.done;
    expect(result.exitCode).toBe(1);
    expect(result.log).toMatch(/Job\/moodle-database-upgrade-0 works on the database with another image/);
    expect(cluster.created().map(({ command }) => command[1])).toEqual(['state']);
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
    const followers = cluster.calls().filter(({ argv }) => argv.includes('--follow'));
    expect(followers.length).toBeGreaterThan(0);
    for (const { pid } of followers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
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
