import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { layWebServer } from './web-server.ts';

test('a machine that has nginx and PHP-FPM uses them', async () => {
  const layer = mkdtempSync(join(tmpdir(), 'layer-'));
  await layWebServer(layer, ['nginx', 'php-fpm8.2']);
  expect(existsSync(join(layer, 'usr'))).toBe(false);
  rmSync(layer, { recursive: true });
});

test('else PHP’s own server takes their place: the site and the probes, from the same generated files', async () => {
  const layer = mkdtempSync(join(tmpdir(), 'layer-'));
  await layWebServer(layer, ['nginx']);
  const ip = `127.126.${process.pid % 250}.${(Date.now() % 250) + 1}`;
  writeFileSync(join(layer, 'listen.conf'), `listen ${ip}:8080 backlog=4096;\n`);
  writeFileSync(join(layer, 'health-listen.conf'), `listen ${ip}:8081 backlog=4096;\n`);
  writeFileSync(join(layer, 'site.conf'), `root "${layer}";\nlocation / { try_files $uri =404; }\n`);
  writeFileSync(join(layer, 'index.php'), '<?php echo "site";');
  const nginx = spawn(join(layer, 'usr/sbin/nginx'), ['-p', `${layer}/`, '-c', 'x', '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => nginx.once('exit', resolve));
  const get = async (url: string, headers: Record<string, string> = {}) => {
    for (let tries = 0; ; tries += 1) {
      try {
        const response = await fetch(url, { headers });
        return `${response.status} ${await response.text()}`;
      } catch (error) {
        if (tries > 100) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  try {
    expect(await get(`http://${ip}:8080/`)).toBe('200 site');
    expect(await get(`http://${ip}:8080/healthz`)).toBe('404 ');
    expect(await get(`http://${ip}:8080/healthz`, { 'x-fd-healthprobe': '1' })).toBe('200 ok\n');
    expect(await get(`http://${ip}:8081/readyz`)).toBe('200 ok\n');
    expect(await get(`http://${ip}:8081/other`)).toBe('404 ');
  } finally {
    nginx.kill('SIGQUIT');
    expect(await ended).toBe(0);
    await expect(fetch(`http://${ip}:8080/`)).rejects.toThrow();
    rmSync(layer, { recursive: true });
  }
});
