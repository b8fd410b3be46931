import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { account, eventually, freePort } from '../../rehearsal/moodle/testing/process.ts';
import { type Site, startSite } from '../../rehearsal/moodle/testing/site.ts';
import { type Container, startContainer, statusOf, stopContainer } from './container.ts';
import { baseImage, buildImage, type Image, run } from './engine.ts';
import { repository } from './repository.ts';
import { getPage } from './site-request.ts';

/** The code that goes in: the rehearsal's stand-in, or a real Moodle. */
const tree = resolve(process.env.IMAGE_TEST_MOODLE ?? join(repository, 'rehearsal/moodle/tree'));
/** Moodle 4.5 to 5.1 want PHP 8.2, which Debian 12 has. */
const RELEASE = 'bookworm';

let directory: string;
let server: Server;
let sha256: string;
let image: Image;
let site: Site;
const containers: Container[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'moodle-image-'));
  const archive = join(directory, 'moodle.tar.gz');
  const name = basename(tree);
  execFileSync('tar', ['-czf', archive, '-C', dirname(tree), '--exclude', `${name}/config.php`, name]);
  const bytes = readFileSync(archive);
  sha256 = createHash('sha256').update(bytes).digest('hex');
  server = createServer((_, response) => response.end(bytes));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  image = await buildImage('moodle', {
    BASE_IMAGE: await baseImage(RELEASE),
    MOODLE_VERSION: '4.5.0',
    MOODLE_SHA256: sha256,
    MOODLE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/moodle.tar.gz`,
  });
  site = await startSite();
}, 600_000);

afterAll(async () => {
  await Promise.all(containers.map(stopContainer));
  await site?.stop();
  await image?.remove();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** A folder for a volume, which belongs to the image's user. */
function volume(name: string): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  execFileSync('chown', [`${account('www-data').uid}`, path]);
  return path;
}

function start(pod: string, environment: Record<string, string>, command?: readonly string[]): Container {
  const container = startContainer({
    image,
    ...(command === undefined ? {} : { command }),
    environment: site.environment({
      MOODLE_ROOT: '/var/www/html',
      MOODLE_DATA_DIR: '/var/moodledata',
      MOODLE_LOCAL_DIR: '/var/local/moodle',
      MOODLE_RUN_DIR: '/run/moodle',
      MOODLE_DB_PASSWORD_FILE: '/mnt/secrets/database-password',
      MOODLE_ADMIN_PASSWORD_FILE: '/mnt/secrets/moodle-admin-password',
      TMPDIR: '/tmp',
      ...environment,
    }),
    volumes: {
      '/var/moodledata': volume('data'),
      '/var/local/moodle': volume(pod),
      '/mnt/secrets': site.directory,
    },
  });
  containers.push(container);
  return container;
}

interface Pod {
  container: Container;
  url: (path: string) => string;
  health: (path: string) => string;
}

async function startWeb(name: string): Promise<Pod> {
  const [port, health] = [await freePort(), await freePort()];
  const container = start(name, {
    POD_IP: '127.0.0.1',
    MOODLE_WEB_PORT: String(port),
    MOODLE_HEALTH_PORT: String(health),
    MOODLE_DB_NAME: 'moodle',
    MOODLE_FPM_WORKERS: '2',
  });
  const pod = {
    container,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    health: (path: string) => `http://127.0.0.1:${health}${path}`,
  };
  await eventually('the pod is ready', async () => (await fetch(pod.health('/readyz'))).status === 200);
  return pod;
}

describe('what is in the image', () => {
  test('it runs as www-data, says what it is, and is of a size that a node pulls in seconds', () => {
    process.stdout.write(`moodle image: ${(image.size / 1e6).toFixed(0)} MB uncompressed\n`);
    expect(image.configuration.User).toBe('33:33');
    expect(image.configuration.Labels['org.opencontainers.image.version']).toBe('4.5.0');
    expect(image.size).toBeLessThan(900e6);
  });

  test('nothing of the code, the settings and the programs is writable for its user', async () => {
    const paths = ['var/www', 'usr', 'etc'].map((path) => join(image.root, path));
    const writable = ['(', '-user', '33', '-o', '-perm', '/002', '-o', '-group', '33', '-perm', '/020', ')'];
    expect(await run('find', ...paths, '!', '-type', 'l', ...writable)).toBe('');
  });

  test('there is no compiler, no tool to fetch with, and no office suite', async () => {
    const folders = ['usr/bin', 'usr/local/bin'].map((path) => join(image.root, path));
    const programs = (await run('find', ...folders, '-printf', '%f\\n')).split('\n');
    expect(programs).toContain('php');
    const unwanted = ['gcc', 'cc', 'make', 'git', 'curl', 'wget', 'pip', 'npm', 'soffice', 'latex'];
    expect(programs.filter((name) => unwanted.includes(name))).toEqual([]);
  });

  test('its bill of materials names Moodle by SHA-256, and every Debian package', () => {
    const bill = JSON.parse(readFileSync(join(image.root, 'usr/share/moodle/sbom.spdx.json'), 'utf8'));
    expect(bill.packages[0]).toMatchObject({
      name: 'moodle',
      checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
    });
    const status = readFileSync(join(image.root, 'var/lib/dpkg/status'), 'utf8');
    const installed = status.match(/^Status: install ok installed$/gm)?.length;
    expect(bill.packages).toHaveLength((installed ?? 0) + 1);
  });
});

describe('while it runs', () => {
  let pod: Pod;
  beforeAll(async () => {
    const command = ['/usr/local/bin/moodle-database', 'install'];
    const installation = start('installation', { MOODLE_DB_NAME: 'moodle_session' }, command);
    expect([await installation.ended, installation.output()]).toEqual([0, expect.stringContaining('"state"')]);
    pod = await startWeb('first');
  }, 300_000);

  test('it answers on its health path and serves the log-in page', async () => {
    expect((await fetch(pod.health('/healthz'))).status).toBe(200);
    const page = await getPage(pod.url('/login/index.php'));
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('name="logintoken"')]);
  });

  test('it is not root, has no capability and can get none', () => {
    expect(statusOf(pod.container.child.pid ?? 0)).toEqual({
      uid: '33',
      capabilities: '0000000000000000',
      newPrivileges: '1',
    });
  });

  test.each(['/usr/share/x', '/var/www/html/x', '/etc/moodle/x', '/x'])('%s cannot be written', async (path) => {
    const writer = start('writer', {}, ['/usr/bin/touch', path]);
    expect(await writer.ended).not.toBe(0);
    expect(writer.output()).toContain('Read-only file system');
  });

  test('pages are sent with brotli or gzip, as the client likes', async () => {
    const encoding = async (accepted: string): Promise<string | undefined> =>
      (await getPage(pod.url('/login/index.php'), { 'accept-encoding': accepted })).encoding;
    expect([await encoding('br'), await encoding('gzip'), await encoding('identity')]).toEqual([
      'br',
      'gzip',
      undefined,
    ]);
  });

  test('hot cache definitions are kept in the memory of the pod, in front of the cluster', async () => {
    const script = `define('MOODLE_INTERNAL', true); require '/etc/moodle/muc.php';
      echo json_encode($configuration['definitionmappings']);`;
    const reader = start('reader', {}, ['/usr/bin/php', '-r', script]);
    expect(await reader.ended).toBe(0);
    const mappings = JSON.parse(reader.output());
    expect(mappings).toContainEqual({ definition: 'core/string', store: 'pod_memory', sort: 1 });
    expect(mappings).toContainEqual({ definition: 'core/string', store: 'application_cluster', sort: 0 });
    expect(JSON.stringify(mappings)).not.toContain('core/config');
  });

  test('a pod that has just started serves a crowd without one error, with empty caches', async () => {
    await site.redis('cache', 'flushall');
    const fresh = await startWeb('fresh');
    const answers = await Promise.all(Array.from({ length: 120 }, () => getPage(fresh.url('/login/index.php'))));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }, 60_000);

  test('SIGTERM lets every request that has begun end: none of 200 is lost', async () => {
    const leaving = await startWeb('leaving');
    let answered = 0;
    const requests = Array.from({ length: 200 }, async () => {
      const { status } = await getPage(leaving.url('/login/index.php'));
      answered += 1;
      return status;
    });
    await Promise.race(requests);
    const before = answered;
    const code = stopContainer(leaving.container);
    const statuses = await Promise.all(requests);
    expect(before).toBeLessThan(150);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(await code).toBe(0);
  }, 60_000);
});
