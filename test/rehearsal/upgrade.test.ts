/**
 * The life of one site through the whole pipeline: a plugin, a major upgrade whose runner is killed, and a downgrade. What
 * changes is the environment file, as in life; the world stays up.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { kubectl, readWorld, sql } from './end-state.ts';
import { processes, type RehearsalEnd, rehearse, repository, startRehearsal, until } from './rehearsal-process.ts';

jest.setTimeout(600_000);

interface Report {
  result: string;
  reasons: string[];
  phases: {
    name: string;
    status: string;
    outcome: string;
    steps: { action: string; target: string; reason?: string }[];
  }[];
}

const home = mkdtempSync(join(tmpdir(), 'rehearsal-upgrade-'));
const directory = join(home, 'site');
const moodledata = join(directory, 'state/nodes/volumes/moodle-data');
const options = ['--worktree', '--no-preview', '--environment', 'development', '--keep'];

/** An environment file of development with another Moodle. */
function file(version: string, plugin?: string): string {
  const original = readFileSync(join(repository, 'environments/development.yml'), 'utf8');
  const plugins =
    plugin === undefined
      ? []
      : [
          {
            path: 'local/exam',
            version: plugin,
            url: `https://example.org/local_exam-${plugin}.tar.gz`,
            sha256: 'a'.repeat(64),
          },
        ];
  const path = join(home, `${version}-${plugin}.yml`);
  const changed = original.replace(/version: .*/, `version: "${version}"\n  plugins: ${JSON.stringify(plugins)}`);
  expect(changed).toContain(version);
  writeFileSync(path, changed);
  return path;
}

/** Runs the pipeline on what is there. */
async function run(environmentFile: string, ...more: string[]): Promise<{ end: RehearsalEnd; report: Report }> {
  const end = await rehearse(directory, ...options, '--again', '--environment-file', environmentFile, ...more);
  return { end, report: reportNow() };
}

const reportNow = (): Report => JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as Report;

const phase = (report: Report, name: string) => report.phases.find((one) => one.name === name);
const setting = (name: string): string[] =>
  sql(readWorld(directory), `select value from mdl_config where name = '${name}'`);

/** What the Job that upgrades has printed; nothing while it has not begun. */
function upgradeLog(): string {
  try {
    const selector = 'moodle-high-scale/task=upgrade';
    const [job = ''] = kubectl(
      readWorld(directory),
      '-n',
      'moodle',
      'get',
      'jobs',
      '-l',
      selector,
      '-o',
      'name',
      '--sort-by=.metadata.creationTimestamp',
    )
      .trim()
      .split('\n')
      .reverse();
    return kubectl(readWorld(directory), '-n', 'moodle', 'logs', job);
  } catch {
    return '';
  }
}

/** Whether a line of `kubectl get pods` is of a pod that neither serves nor has done its work. */
function unwell(line: string): boolean {
  return line !== '' && !/\s((\d+)\/\2\s+Running|0\/1\s+Completed)\s/.test(line);
}

beforeAll(async () => {
  const first = await rehearse(directory, ...options);
  if (first.exitCode !== 0) throw new Error(first.log);
});
afterAll(async () => {
  await rehearse(directory, '--down');
  rmSync(home, { recursive: true, force: true });
});

test('a plugin that is added: a new image, an upgrade of the database with a restore point, new pods', async () => {
  const { end, report } = await run(file('4.5.8', '2026020300'));
  expect({ exitCode: end.exitCode, reasons: report.reasons }).toEqual({ exitCode: 0, reasons: [] });
  expect(phase(report, 'database')?.steps).toEqual([
    expect.objectContaining({ action: 'upgrade', reason: expect.stringContaining('plugins of Moodle 4.5.8') }),
  ]);
  expect(JSON.stringify(phase(report, 'database'))).toMatch(/Restore point: `\d{4}-\d\d-\d\dT/);
  const changed = report.phases.filter(({ outcome }) => outcome === 'applied').map(({ name }) => name);
  expect(changed).toEqual(expect.arrayContaining(['image', 'database', 'web', 'cron']));
  expect(sql(readWorld(directory), "select value from mdl_config_plugins where plugin = 'local_exam'")).toEqual([
    '2026020300',
  ]);
});

describe('a major upgrade', () => {
  const wanted = (): string => file('5.0.2', '2026020300');

  test('whose runner is killed goes on in the cluster; the next run follows it, and nothing is left closed', async () => {
    writeFileSync(join(moodledata, 'rehearsal-hold'), 'upgrade-core');
    const killed = startRehearsal({
      directory,
      arguments: [...options, '--again', '--environment-file', wanted()],
    });
    await until(
      () => upgradeLog(),
      (log) => log.includes('held at upgrade-core'),
      120,
    );
    for (const { pid, commandLine, environment } of processes()) {
      if (/actions\/install-db\/dist\/index\.js/.test(commandLine) && environment.includes(directory))
        process.kill(pid, 'SIGKILL');
    }
    const end = await killed.end;
    expect(end.exitCode).toBe(1);
    // It was in the plan before anything was built.
    expect(phase(reportNow(), 'plan')?.steps).toContainEqual(
      expect.objectContaining({
        action: 'upgrade',
        target: 'database',
        reason: expect.stringMatching(/^Moodle 4\.5\.8 .* to 5\.0\.2; the new image says whether it needs maintenance/),
      }),
    );
    expect(existsSync(join(moodledata, 'climaintenance.html'))).toBe(true);

    const next = startRehearsal({
      directory,
      arguments: [...options, '--again', '--environment-file', wanted()],
    });
    await next.line(/database\].* 1 step: 1 follow/);
    rmSync(join(moodledata, 'rehearsal-hold'));
    const second = await next.end;
    const report = reportNow();
    expect({ exitCode: second.exitCode, reasons: report.reasons }).toEqual({ exitCode: 0, reasons: [] });
    expect(phase(report, 'database')?.steps).toEqual([expect.objectContaining({ action: 'follow' })]);
    expect(existsSync(join(moodledata, 'climaintenance.html'))).toBe(false);
    expect(setting('release')).toEqual(['5.0.2 (Build: 20260101)']);
    expect(setting('cron_enabled')).toEqual(['1']);
    const jobs = kubectl(readWorld(directory), '-n', 'moodle', 'get', 'jobs', '-o', 'name').trim().split('\n');
    // One of the installation, one of the plugin, one of this.
    expect(jobs).toHaveLength(3);
    await until(
      () => kubectl(readWorld(directory), '-n', 'moodle', 'get', 'pods', '--no-headers').split('\n').filter(unwell),
      (pods) => pods.length === 0,
      60,
    );
  });

  test('has no way back: the plan refuses the older release, and nothing is done', async () => {
    const { end, report } = await run(file('4.5.8', '2026020300'));
    expect(end.exitCode).toBe(1);
    expect(report.reasons.join('\n')).toMatch(
      /The database is of Moodle 5\.0\.2 .*, and the image is older \(4\.5\.8\)/,
    );
    expect(report.phases.some(({ outcome }) => outcome === 'applied')).toBe(false);
    expect(setting('release')).toEqual(['5.0.2 (Build: 20260101)']);
  });
});
