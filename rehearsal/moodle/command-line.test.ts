import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, run } from './testing/process.ts';
import { ADMIN_PASSWORD, layCode, NASTY_PASSWORD, type Site, startSite } from './testing/site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(() => site?.stop());

/** The last line of the output, which is the state. */
async function state(changes: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const ended = await site.moodle('moodle-database', ['state'], changes);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '');
}

/** A copy of the code with other versions. */
function codeWith(name: string, changes: { core?: string; plugin?: string }): string {
  const root = layCode(join(site.directory, name));
  if (changes.core !== undefined) {
    const text = readFileSync(join(root, 'version.php'), 'utf8');
    writeFileSync(join(root, 'version.php'), text.replace(/\$version = [0-9.]+/, `$version = ${changes.core}`));
  }
  if (changes.plugin !== undefined) {
    const file = join(root, 'local/rehearsal/version.php');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/version = \d+/, `version = ${changes.plugin}`));
  }
  return root;
}

const tool = (name: string): string => join(site.root, 'admin/cli', name);
const install = () => site.moodle('moodle-database', ['install']);

const cronEnabled = () => site.postgres.sql("SELECT value FROM mdl_config WHERE name = 'cron_enabled'");

/** Runs moodle-database up to a point of the stand-in's work, and kills all its processes there; answers what it said. */
async function killAt(point: string, args: string[], changes: Record<string, string> = {}): Promise<string> {
  const hold = join(site.directory, 'data/rehearsal-hold');
  writeFileSync(hold, point);
  const running = site.startMoodle('moodle-database', changes, args);
  await eventually(`it comes to ${point}`, async () => running.output().includes(`held at ${point}`), running);
  process.kill(-(running.child.pid ?? 0), 'SIGKILL');
  rmSync(hold);
  await running.ended;
  return running.output();
}

describe('an empty database', () => {
  beforeEach(() => site.postgres.empty());

  test('is empty', async () => {
    expect(await state()).toEqual({
      state: 'empty',
      code: { version: '2024100708', release: '4.5.8 (Build: 20260101)' },
      database: null,
    });
  });

  test('cfg.php and upgrade.php fail with exit code 1, as Moodle’s', async () => {
    await state();
    const cfg = await site.php([tool('cfg.php')]);
    expect(cfg).toMatchObject({ code: 1, stderr: expect.stringContaining('Error reading from database') });
    const upgrade = await site.php([tool('upgrade.php'), '--non-interactive']);
    expect(upgrade).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Config table does not contain the version'),
    });
  });

  test('the installer asks for the licence and the password', async () => {
    await state();
    expect(await site.php([tool('install_database.php')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('You have to agree to the license'),
    });
    expect(await site.php([tool('install_database.php'), '--agree-license'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('You have to specify admin password'),
    });
    expect(await site.postgres.sql('SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()')).toBe('0');
  });

  test('an installation cut off after its tables is partial, and is not taken for done', async () => {
    await site.postgres.sql(readFileSync(tool('../../lib/db/install.sql'), 'utf8').replace(/\{(\w+)\}/g, 'mdl_$1'));
    await site.postgres.sql('GRANT ALL ON ALL TABLES IN SCHEMA public TO moodle');
    expect(await state()).toMatchObject({
      state: 'partial',
      database: null,
      tables: 26,
      missing: ['core version', 'end mark of the installer (rolesactive)'],
      people: 0,
      courses: 0,
    });
    expect(await install()).toMatchObject({ code: 1 });
    expect(await site.moodle('moodle-database', ['reinstall'])).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: 'installed' });
  });

  test.each([
    ['tables', ['core version', 'end mark of the installer (rolesactive)']],
    ['core', ['end mark of the installer (rolesactive)']],
    ['plugins', ['end mark of the installer (rolesactive)']],
    ['administrator', ['name of the site']],
    ['settings', ['name of the site']],
  ])(
    'an installation killed at its point "%s" is partial, and begun again',
    async (point, missing) => {
      await killAt(point, ['install']);
      expect(await state()).toMatchObject({ state: 'partial', missing, people: 0, courses: 0 });
      expect(await install()).toMatchObject({ code: 1 });
      expect(await state()).toMatchObject({ state: 'partial', missing });
      expect(await site.moodle('moodle-database', ['reinstall'])).toMatchObject({ code: 0 });
      expect(await state()).toMatchObject({ state: 'installed' });
    },
    30_000,
  );

  test('nothing but a cut-off installation that nobody has used is dropped', async () => {
    const installed = await install();
    expect(installed.code).toBe(0);
    const refused = { code: 1, stderr: expect.stringContaining('only an installation that was cut off') };
    expect(await site.moodle('moodle-database', ['reinstall'])).toMatchObject(refused);
    await site.postgres.sql("DELETE FROM mdl_config WHERE name = 'rolesactive'");
    await site.postgres.sql("INSERT INTO mdl_user (username) VALUES ('somebody')");
    expect(await state()).toMatchObject({ state: 'partial', people: 1 });
    expect(await site.moodle('moodle-database', ['reinstall'])).toMatchObject(refused);
    expect(await site.postgres.sql('SELECT count(*) FROM mdl_user')).toBe('3');
  });

  test('the entry point refuses without agreement, and says what is missing', async () => {
    expect(await site.moodle('moodle-database', ['install'], { MOODLE_AGREE_LICENSE: 'no' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MOODLE_AGREE_LICENSE must be "yes"'),
    });
    expect(await site.moodle('moodle-database', ['install'], { MOODLE_SITE_NAME: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MOODLE_SITE_NAME is not set'),
    });
    expect(await site.moodle('moodle-database', ['remove'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('use state, install, reinstall or upgrade'),
    });
  });

  test('is installed with a sign-in to object storage, whose renewing ends with the work, also when nothing answers', async () => {
    const root = codeWith('objects', {});
    for (const plugin of ['admin/tool/objectfs', 'local/azureblobstorage']) {
      mkdirSync(join(root, plugin), { recursive: true });
      // The stand-in's Moodle reads no version here; the plugins are known by the file.
      writeFileSync(join(root, plugin, 'version.php'), '<?php');
    }
    const away = 'https://127.0.0.1:1';
    const ended = await site.moodle('moodle-database', ['install'], {
      MOODLE_ROOT: root,
      MOODLE_OBJECT_STORAGE_ACCOUNT: 'mhsfiles',
      MOODLE_OBJECT_STORAGE_CONTAINER: 'moodle',
      MOODLE_OBJECT_STORAGE_ENDPOINT: away,
      AZURE_AUTHORITY_HOST: `${away}/`,
      AZURE_TENANT_ID: 'tenant-1',
      AZURE_CLIENT_ID: 'client-1',
      AZURE_FEDERATED_TOKEN_FILE: join(root, 'version.php'),
    });
    expect(ended.stderr).toContain('Object storage: ');
    expect([ended.code, JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')]).toEqual([
      0,
      expect.objectContaining({ state: 'installed' }),
    ]);
  });
});

describe('an installation', () => {
  let output = '';
  let code = -1;
  let seen = '';
  beforeAll(async () => {
    await site.postgres.empty();
    const started = run({
      command: 'sh',
      // Every argument list of the machine while the installer runs.
      args: ['-c', 'for i in $(seq 60); do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"; sleep 0.05; done'],
      env: {},
    });
    const ended = await site.moodle('moodle-database', ['install'], { REHEARSAL_PAUSE_MS: '300' });
    ({ code } = ended);
    output = ended.stdout + ended.stderr;
    seen = (await started).stdout;
  }, 30_000);

  test('ends with Moodle’s message and the state', () => {
    expect(output).toContain('Installation completed successfully.');
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({ state: 'installed' });
    expect(code).toBe(0);
  });

  test('shows neither password, in no argument list and in no output', () => {
    expect(seen).toContain('install-database.php');
    for (const text of [seen, output]) {
      expect(text).not.toContain(ADMIN_PASSWORD);
      expect(text).not.toContain(NASTY_PASSWORD);
    }
  });

  test('made tables through PgBouncer', async () => {
    expect(await site.postgres.sql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'mdl\\_%'")).toBe('26');
    expect(await site.postgres.sql('SELECT fullname FROM mdl_course WHERE category = 0')).toBe('Test "site" & more');
    expect(await site.postgres.sql("SELECT email FROM mdl_user WHERE username = 'admin'")).toBe('admin@example.org');
  });

  test('a second one fails with exit code 1 and changes nothing', async () => {
    const again = await install();
    expect(again).toMatchObject({ code: 1 });
    expect(again.stdout).toContain('Database tables already present; CLI installation cannot continue.');
    expect(await state()).toMatchObject({ state: 'installed' });
  });

  test('an upgrade with nothing to do ends at once', async () => {
    const ended = await site.moodle('moodle-database', ['upgrade']);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('No upgrade needed for the installed version');
    expect(ended.stdout).not.toContain('maintenance');
  });

  test('checks are critical until cron has run', async () => {
    expect(await site.php([tool('checks.php')])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('Cron running'),
    });
    expect(await site.php([tool('checks.php'), '--filter=upgrade'])).toMatchObject({ code: 0 });
    const cron = await site.php([tool('cron.php'), '--keep-alive=0']);
    expect(cron).toMatchObject({ code: 0, stdout: expect.stringContaining('session_cleanup_task') });
    expect(await site.php([tool('checks.php')])).toMatchObject({ code: 0 });
  });

  test('the settings are in the cache cluster, and purging empties it', async () => {
    await site.php([tool('cfg.php'), '--name=rolesactive']);
    expect(await site.redis('cache', 'keys', 'mdlcache_*')).not.toBe('');
    await site.php([tool('purge_caches.php')]);
    expect(await site.redis('cache', 'keys', 'mdlcache_*')).toBe('');
  });

  test('a list of components that is out of date gives exit code 0, as Moodle does', async () => {
    const file = join(site.directory, 'local/components.php');
    writeFileSync(file, '<?php\n$cache = [];\n');
    for (const name of ['upgrade.php', 'install_database.php']) {
      const ended = await site.php([tool(name), ...(name === 'upgrade.php' ? ['--is-pending'] : [])]);
      expect(ended.code).toBe(0);
      expect(ended.stdout).toContain('Outdated component cache file defined in $CFG->alternative_component_cache');
    }
    // The entry point is not taken in: it writes the list anew.
    expect(await state()).toMatchObject({ state: 'installed' });
  });

  test('cron ends its task on SIGTERM', async () => {
    await site.postgres.sql('UPDATE mdl_task_scheduled SET nextruntime = 0');
    const cron = site.startMoodle('moodle-cron', { REHEARSAL_TASK_MS: '700' });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const ended = await cron.stop();
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/used 0\.\d+ seconds/);
    expect(await site.postgres.sql('SELECT count(*) FROM mdl_lock_db WHERE owner IS NOT NULL')).toBe('0');
  });
});

describe('an upgrade', () => {
  beforeEach(async () => {
    await site.postgres.empty();
    expect(await install()).toMatchObject({ code: 0 });
  });

  test('of core: seen, done in maintenance mode, undone afterwards', async () => {
    const changes = { MOODLE_ROOT: codeWith('core', { core: '2025041400.00' }) };
    expect(await state(changes)).toMatchObject({ state: 'upgrade-pending', database: { version: '2024100708' } });
    const ended = await site.moodle('moodle-database', ['upgrade'], changes);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout.match(/^step: .*/gm)).toEqual([
      'step: stop cron and wait for running tasks',
      'step: enter maintenance mode',
      'step: upgrade',
      'step: purge the caches',
      'step: leave maintenance mode',
      'step: start cron again',
      'step: look at the log-in page',
    ]);
    expect(ended.stdout).toContain('/login/index.php answers 200');
    expect(await state(changes)).toMatchObject({ state: 'installed', database: { version: '2025041400' } });
    expect(await cronEnabled()).toBe('1');
    // The old code now meets a newer database.
    expect(await state()).toMatchObject({ state: 'newer-than-code' });
  });

  test('of a plugin alone: seen, done without maintenance mode', async () => {
    const changes = { MOODLE_ROOT: codeWith('plugin', { plugin: '2026020200' }) };
    expect(await state(changes)).toMatchObject({ state: 'upgrade-pending', database: { version: '2024100708' } });
    const ended = await site.moodle('moodle-database', ['upgrade'], changes);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).not.toContain('maintenance mode\n');
    expect(await state(changes)).toMatchObject({ state: 'installed' });
  });

  test('of core notes a restore point before its first change', async () => {
    const changes = { MOODLE_ROOT: codeWith('restore', { core: '2025041400.00' }) };
    const before = await site.postgres.sql("SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')");
    const ended = await site.moodle('moodle-database', ['upgrade'], changes);
    expect(ended).toMatchObject({ code: 0 });
    const [, point = ''] = /^restore-point: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/m.exec(ended.stdout) ?? [];
    const first = await site.postgres.sql(
      "SELECT to_timestamp(min(timemodified)) AT TIME ZONE 'UTC' FROM mdl_upgrade_log",
    );
    expect(point >= `${before.replace(' ', 'T')}Z`).toBe(true);
    expect(point <= `${first.replace(' ', 'T')}Z`).toBe(true);
  });

  test('leaves maintenance mode and cron as somebody had set them before', async () => {
    await site.php([tool('maintenance.php'), '--enable']);
    await site.php([tool('cron.php'), '--disable']);
    const changes = { MOODLE_ROOT: codeWith('closed', { core: '2025041400.00' }) };
    const ended = await site.moodle('moodle-database', ['upgrade'], changes);
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('maintenance mode was on before, and stays on'),
    });
    expect((await site.php([tool('maintenance.php')])).stdout).toContain('CLI maintenance');
    expect(await cronEnabled()).toBe('0');
    await site.php([tool('maintenance.php'), '--disable']);
  });

  test('whose tasks do not end in time is not begun, and cron runs again', async () => {
    await site.postgres.sql("INSERT INTO mdl_lock_db (resourcekey, expires, owner) VALUES ('cron_x', 4102444800, 'x')");
    const changes = { MOODLE_ROOT: codeWith('busy', { core: '2025041400.00' }), MOODLE_CRON_WAIT: '1' };
    const ended = await site.moodle('moodle-database', ['upgrade'], changes);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tasks of cron were still running after 1 s, so the upgrade was not begun'),
    });
    expect(ended.stdout).not.toContain('step: upgrade');
    expect(await cronEnabled()).toBe('1');
  });

  test.each(['upgrade-begun', 'upgrade-core', 'upgrade-plugins'])(
    'that is killed at %s is gone on with by the next run',
    async (point) => {
      const changes = { MOODLE_ROOT: codeWith(point, { core: '2025041400.00', plugin: '2026020200' }) };
      const output = await killAt(point, ['upgrade'], changes);
      expect((await site.php([tool('maintenance.php')], { ...changes })).code).not.toBe(0);
      expect(await state(changes)).toMatchObject({ state: 'upgrade-pending', unfinished: true });
      const ended = await site.moodle('moodle-database', ['upgrade'], changes);
      expect(ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('go on with an upgrade that was cut off'),
      });
      // The time to set the database back to is the one before the first attempt.
      const pointOf = (text: string) => /^restore-point: .*$/m.exec(text)?.[0];
      expect(pointOf(ended.stdout)).toBe(pointOf(output));
      expect(await state(changes)).toMatchObject({ state: 'installed', database: { version: '2025041400' } });
      expect((await site.php([tool('maintenance.php')], changes)).stdout).toContain('disabled');
      expect(await cronEnabled()).toBe('1');
    },
    30_000,
  );

  test('without maintenance mode, killed, leaves no lock of Moodle’s behind the next run', async () => {
    const changes = { MOODLE_ROOT: codeWith('light', { plugin: '2026020200' }) };
    await killAt('upgrade-begun', ['upgrade'], changes);
    const lock = "SELECT count(*) FROM mdl_config WHERE name = 'outagelessupgrade'";
    expect(await site.postgres.sql(lock)).toBe('1');
    expect(await site.moodle('moodle-database', ['upgrade'], changes)).toMatchObject({ code: 0 });
    expect(await site.postgres.sql(lock)).toBe('0');
  });

  test('told to stop while it waits for cron ends at once and starts cron again', async () => {
    await site.postgres.sql("INSERT INTO mdl_lock_db (resourcekey, expires, owner) VALUES ('cron_x', 4102444800, 'x')");
    const running = site.startMoodle('moodle-database', { MOODLE_ROOT: codeWith('told', { core: '2025041400.00' }) }, [
      'upgrade',
    ]);
    await eventually('cron is stopped', async () => running.output().includes('Cron has been disabled'), running);
    const ended = await running.stop();
    expect(ended).toMatchObject({ code: 143, stdout: expect.stringContaining('step: start cron again') });
    expect(await cronEnabled()).toBe('1');
  });

  test('whose pages fail says so, with the site open again', async () => {
    const root = codeWith('page', { core: '2025041400.00' });
    writeFileSync(
      join(root, 'login/index.php'),
      "<?php require __DIR__ . '/../config.php'; throw new Exception('no template');",
    );
    const ended = await site.moodle('moodle-database', ['upgrade'], { MOODLE_ROOT: root });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('the site shows no log-in page') });
    expect(ended.stderr).toContain('/login/index.php answers 500: Error Exception - no template');
    expect((await site.php([tool('maintenance.php')])).stdout).toContain('disabled');
  });

  test('that is killed after its work is ended by the next run, which finds maintenance mode and cron as they were left', async () => {
    await site.php([tool('maintenance.php'), '--enable']);
    await site.php([tool('cron.php'), '--disable']);
    writeFileSync(join(site.directory, 'data/moodle-database-upgrade'), '');
    chownSync(
      join(site.directory, 'data/moodle-database-upgrade'),
      statSync(join(site.directory, 'data')).uid,
      statSync(join(site.directory, 'data')).gid,
    );
    expect(await state()).toMatchObject({ state: 'upgrade-pending', unfinished: true });
    expect(await site.moodle('moodle-database', ['upgrade'])).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: 'installed' });
    expect((await site.php([tool('maintenance.php')])).stdout).toContain('disabled');
    expect(await cronEnabled()).toBe('1');
  });

  test('that fails leaves neither maintenance mode nor a stopped cron', async () => {
    const root = codeWith('broken', { core: '2025041400.00' });
    const file = join(root, 'admin/cli/upgrade.php');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        "install_part('System'",
        "throw new Exception('broken'); install_part('System'",
      ),
    );
    const ended = await site.moodle('moodle-database', ['upgrade'], { MOODLE_ROOT: root });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('the upgrade failed') });
    const maintenance = await site.php([tool('maintenance.php')]);
    expect(maintenance.stdout).toContain('disabled');
    expect(await cronEnabled()).toBe('1');
  });
});

test('the layout of Moodle 5.1 and later is found: code below public/, with or without its tools', async () => {
  for (const tools of ['admin/cli', 'public/admin/cli']) {
    const root = join(site.directory, `layout-${tools.length}`);
    layCode(join(root, 'public'));
    renameSync(join(root, 'public/config.php'), join(root, 'config.php'));
    writeFileSync(join(root, 'public/config.php'), "<?php\nrequire_once __DIR__ . '/../config.php';\n");
    if (tools === 'admin/cli') {
      mkdirSync(join(root, 'admin'));
      renameSync(join(root, 'public/admin/cli'), join(root, 'admin/cli'));
    }
    expect(await state({ MOODLE_ROOT: root })).toMatchObject({ code: { version: '2024100708' } });
  }
});

test('a database that cannot be reached is unreachable, and the password stays out of the message', async () => {
  const answer = await state({ MOODLE_DB_PORT: '1' });
  expect(answer).toMatchObject({ state: 'unreachable', database: null, detail: expect.stringContaining('refused') });
  expect(JSON.stringify(answer)).not.toContain(NASTY_PASSWORD);
});

test('a wrong password is unreachable too', async () => {
  const file = join(site.directory, 'wrong');
  writeFileSync(file, 'wrong');
  expect(await state({ MOODLE_DB_PASSWORD_FILE: file })).toMatchObject({ state: 'unreachable' });
});
