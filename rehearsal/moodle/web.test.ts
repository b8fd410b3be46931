import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, freePort, type Running } from './testing/process.ts';
import { ADMIN_PASSWORD, type Site, startSite } from './testing/site.ts';

/** One pod: its own addresses and local directories, the same database, Redis and data. */
interface Pod {
  server: Running;
  url: (path: string) => string;
  health: (path: string) => string;
}

let site: Site;
const pods: Pod[] = [];

async function startPod(name: string, changes: Record<string, string> = {}): Promise<Pod> {
  const [port, health] = [await freePort(), await freePort()];
  const local = await site.php([
    '-r',
    'mkdir($argv[1] . "/local", 0777, true); mkdir($argv[1] . "/run");',
    join(site.directory, 'tmp', name),
  ]);
  expect(local.code).toBe(0);
  const server = site.startMoodle('moodle-web', {
    POD_IP: '127.0.0.1',
    MOODLE_WEB_PORT: String(port),
    MOODLE_HEALTH_PORT: String(health),
    MOODLE_LOCAL_DIR: join(site.directory, 'tmp', name, 'local'),
    MOODLE_RUN_DIR: join(site.directory, 'tmp', name, 'run'),
    MOODLE_DB_NAME: 'moodle',
    MOODLE_FPM_WORKERS: '3',
    MOODLE_NGINX_WORKERS: '1',
    MOODLE_TRUSTED_PROXIES: '127.0.0.1/32, 10.1.0.0/22',
    ...changes,
  });
  const pod: Pod = {
    server,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    health: (path) => `http://127.0.0.1:${health}${path}`,
  };
  await eventually('the pod is ready', async () => (await fetch(pod.health('/readyz'))).status === 200, server);
  pods.push(pod);
  return pod;
}

const get = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, { redirect: 'manual', ...init });
const cookie = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');

/** The most workers that were seen busy in some seconds. */
async function eventuallyBusy(status: () => Promise<unknown>): Promise<number> {
  let most = 0;
  for (let look = 0; look < 200 && most < 3; look += 1)
    most = Math.max(most, Number(((await status()) as Record<string, unknown>)['active processes']));
  return most;
}

let first: Pod;
let second: Pod;
beforeAll(async () => {
  site = await startSite();
  first = await startPod('first');
}, 60_000);
afterAll(async () => {
  await Promise.all(pods.map(({ server }) => server.stop()));
  await site?.stop();
});

describe('before the installation', () => {
  test('a page sends to the installer, which is open to anybody', async () => {
    const login = await get(first.url('/login/index.php'));
    expect(login.status).toBe(303);
    expect(login.headers.get('location')).toBe('https://moodle.example.org/admin/index.php');
    expect((await get(first.url('/admin/index.php'))).status).toBe(200);
  });

  test('the pod is alive and ready: probes do not ask for the database', async () => {
    expect((await get(first.health('/healthz'))).status).toBe(200);
    expect((await get(first.health('/readyz'))).status).toBe(200);
  });
});

describe('after the installation', () => {
  beforeAll(async () => {
    expect(await site.moodle('moodle-database', ['install'])).toMatchObject({ code: 0 });
    second = await startPod('second');
  }, 30_000);

  test('the log-in page has Moodle’s marks and the name of the site', async () => {
    const response = await get(first.url('/login/index.php'));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('name="logintoken"');
    expect(text).toContain('id="page-login-index"');
    expect(text).toContain('Test &quot;site&quot; &amp; more');
    expect(cookie(response)).toMatch(/^MoodleSession=/);
  });

  test('the client is who the trusted proxy says, not who the client says', async () => {
    const address = async (forwarded: string): Promise<string | undefined> => {
      const response = await get(first.url('/login/index.php'), { headers: { 'x-forwarded-for': forwarded } });
      return /name="client-address" content="([^"]*)"/.exec(await response.text())?.[1];
    };
    expect(await address('203.0.113.7')).toBe('203.0.113.7');
    expect(await address('198.51.100.1, 203.0.113.7, 10.1.0.9')).toBe('203.0.113.7');
  });

  test('who asks is told which pod answers, and whom it takes for the client; others are told nothing', async () => {
    const probe = async (pod: Pod, headers: Record<string, string>) => {
      const response = await get(pod.url('/login/index.php'), { headers });
      return response.headers.get('x-moodle-probe');
    };
    const asked = { 'x-moodle-probe': '1', 'x-forwarded-for': '192.0.2.1, 203.0.113.7' };
    const answers = [await probe(first, asked), await probe(first, asked), await probe(second, asked)];
    const [one, again, other] = answers;
    expect(one).toMatch(/^instance=[0-9a-f]{12}; client=203\.0\.113\.7; edge=none$/);
    expect(again).toBe(one);
    expect(other).toMatch(/^instance=[0-9a-f]{12}; client=203\.0\.113\.7; edge=none$/);
    expect(other).not.toBe(one);
    expect(await probe(first, { ...asked, 'x-azure-socketip': '203.0.113.7' })).toContain('; edge=203.0.113.7');
    expect(await probe(first, { ...asked, 'x-azure-socketip': '<b>' })).toContain('; edge=none');
    expect(await probe(first, {})).toBeNull();
  });

  test("Front Door's health probe is answered, and nobody else's", async () => {
    const healthy = await get(first.url('/healthz'), { headers: { 'x-fd-healthprobe': '1' } });
    expect([healthy.status, await healthy.text()]).toEqual([200, 'ok\n']);
    expect((await get(first.url('/healthz'))).status).toBe(404);
  });

  test('a session begun in one pod goes on in another, and is in the session cluster', async () => {
    const page = await get(first.url('/login/index.php'));
    const token = /name="logintoken" value="(\w+)"/.exec(await page.text())?.[1] ?? '';
    const login = await get(second.url('/login/index.php'), {
      method: 'POST',
      headers: { cookie: cookie(page), 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username: 'admin', password: ADMIN_PASSWORD, logintoken: token }).toString(),
    });
    expect(login.status).toBe(303);
    expect(login.headers.get('location')).toBe('https://moodle.example.org/my/');
    const dashboard = await get(first.url('/my/'), { headers: { cookie: cookie(login) } });
    expect(dashboard.status).toBe(200);
    expect(await dashboard.text()).toContain('<b id="username">admin</b>');
    expect(await site.redis('sessions', 'keys', 'mdlsession_*')).toContain('mdlsession_session_');
    expect(await site.redis('sessions', 'keys', 'mdlcache_*')).toBe('');
    expect(await site.redis('cache', 'keys', 'mdlcache_*')).not.toBe('');
    expect(await site.redis('cache', 'keys', 'mdlsession_*')).toBe('');
  });

  test('a wrong password stays outside', async () => {
    const page = await get(first.url('/login/index.php'));
    const token = /name="logintoken" value="(\w+)"/.exec(await page.text())?.[1] ?? '';
    const login = await get(first.url('/login/index.php'), {
      method: 'POST',
      headers: { cookie: cookie(page), 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username: 'admin', password: 'wrong', logintoken: token }).toString(),
    });
    expect(await login.text()).toContain('Invalid login');
    expect((await get(first.url('/my/'), { headers: { cookie: cookie(page) } })).status).toBe(303);
  });

  test('pictures of the theme come from the pod’s own cache, by the web server', async () => {
    const icon = await get(first.url('/theme/image.php/rehearsal/theme/1/favicon'));
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/vnd.microsoft.icon']);
    expect(icon.headers.get('cache-control')).toContain('immutable');
    expect(await icon.text()).toBe('\0\0\u0001\0icon');
  });

  test('plain files may be cached, pages may not', async () => {
    const style = await get(first.url('/theme/rehearsal.css'));
    expect(style.headers.get('cache-control')).toBe('public, max-age=86400');
    const page = await get(first.url('/login/index.php'));
    expect(page.headers.get('cache-control')).toContain('private');
  });

  test.each([
    '/config-dist.php',
    '/version.php',
    '/admin/cli/cfg.php',
    '/.git/config',
    '/lib/db/install.xml',
    '/composer.json',
    '/readyz',
    '/fpm-status',
    '/nowhere.php',
    '/dataroot/x',
    '/localcache/theme/1/rehearsal/pix/favicon.ico',
  ])('%s is not served', async (path) => {
    expect((await get(first.url(path))).status).toBe(404);
  });

  test('the numbers of PHP-FPM are on the health port', async () => {
    const status = await (await get(first.health('/fpm-status?json'))).json();
    expect(status).toMatchObject({ pool: 'moodle', 'process manager': 'static', 'total processes': 3 });
  });

  test('they are also told while every worker is busy', async () => {
    const pages = Array.from({ length: 60 }, () => get(first.url('/login/index.php')));
    const busy = await eventuallyBusy(async () => (await get(first.health('/fpm-status?json'))).json());
    expect(busy).toBe(3);
    await Promise.all(pages);
  });

  test('requests are logged as JSON with the client, without the query', async () => {
    await get(first.url('/login/index.php?secret=1'), { headers: { 'x-forwarded-for': '203.0.113.99' } });
    await eventually('the line is written', async () => first.server.output().includes('203.0.113.99'));
    const line =
      first.server
        .output()
        .split('\n')
        .find((one) => one.includes('203.0.113.99')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ client: '203.0.113.99', status: 200, path: '/login/index.php' });
    expect(line).not.toContain('secret');
  });

  test('maintenance mode of the command line holds for every pod', async () => {
    await site.php([join(site.root, 'admin/cli/maintenance.php'), '--enable']);
    expect((await get(first.url('/login/index.php'))).status).toBe(503);
    expect((await get(second.url('/login/index.php'))).status).toBe(503);
    await site.php([join(site.root, 'admin/cli/maintenance.php'), '--disable']);
    expect((await get(first.url('/login/index.php'))).status).toBe(200);
  });

  test('without the database a page is 500, and the pod stays alive and ready', async () => {
    const pod = await startPod('lost', { MOODLE_DB_PORT: '1' });
    expect((await get(pod.url('/login/index.php'))).status).toBe(500);
    expect((await get(pod.health('/healthz'))).status).toBe(200);
    expect((await get(pod.health('/readyz'))).status).toBe(200);
  });

  test('SIGTERM ends both servers with exit code 0', async () => {
    const pod = await startPod('leaving');
    const ended = await pod.server.stop();
    expect(ended.code).toBe(0);
    expect(existsSync(join(site.directory, 'tmp/leaving/run/nginx.pid'))).toBe(false);
  });

  test('the end of PHP-FPM ends the pod', async () => {
    const pod = await startPod('broken');
    const pid = /fpm is running, pid (\d+)/.exec(pod.server.output())?.[1];
    process.kill(Number(pid), 'SIGTERM');
    expect(await pod.server.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('ended by itself') });
  });
});

test('wrong settings of the environment are named', async () => {
  const wrong = await site.moodle('moodle-web', [], { MOODLE_TRUSTED_PROXIES: '10.0.0.0/8;evil' });
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('MOODLE_TRUSTED_PROXIES holds "10.0.0.0/8;evil"'),
  });
  const workers = await site.moodle('moodle-web', [], { MOODLE_FPM_WORKERS: 'many' });
  expect(workers).toMatchObject({ code: 1, stderr: expect.stringContaining('MOODLE_FPM_WORKERS is "many"') });
});
