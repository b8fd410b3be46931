import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from './engine.ts';

/** How a container is run. */
export interface ContainerOptions {
  image: Image;
  /** Instead of the image's own command. */
  command?: readonly string[];
  environment: Record<string, string>;
  /** Folders of this machine that are mounted into the container, writable. */
  volumes: Record<string, string>;
}

/** A container that runs. */
export interface Container {
  child: ChildProcess;
  output: () => string;
  /** The exit code. */
  ended: Promise<number>;
}

/**
 * Starts a container as a pod would: root file system read-only, the image's own user, no capabilities, memory for
 * `/tmp` and `/run`, the machine's network.
 */
export function startContainer({ image, command, environment, volumes }: ContainerOptions): Container {
  const inside = { '/dev': '/dev', '/proc': '/proc', ...volumes };
  for (const target of Object.keys(inside)) mkdirSync(join(image.root, target), { recursive: true });
  writeFileSync(join(image.root, 'etc/hosts'), '127.0.0.1 localhost\n');
  const mounts = Object.entries(inside).map(([target, source]) => `mount --rbind '${source}' '${image.root}${target}'`);
  const memory = ['/tmp', '/run'].map((path) => `mount -t tmpfs -o mode=1777 tmpfs '${image.root}${path}'`);
  const readOnly = [`mount --bind '${image.root}' '${image.root}'`, `mount -o remount,bind,ro '${image.root}'`];
  const become = `exec chroot --userspec=${image.configuration.User} '${image.root}' "$@"`;
  const script = ['set -e', ...readOnly, ...mounts, ...memory, become].join('\n');
  const { Entrypoint = [], Cmd = [] } = image.configuration;
  const argv = command ?? [...Entrypoint, ...Cmd];
  const drop = ['setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'];
  const child = spawn('unshare', ['--mount', ...drop, 'sh', '-c', script, 'container', ...argv], {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that nothing of it is left when it has to be killed.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return { child, output: () => output, ended };
}

/** What a process of this machine may do, from /proc. */
export function statusOf(pid: number): { uid: string; capabilities: string; newPrivileges: string } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return { uid: field('Uid'), capabilities: field('CapEff'), newPrivileges: field('NoNewPrivs') };
}

/** Asks a container to end, as the kubelet does, and answers its exit code. */
export function stopContainer({ child, ended }: Container): Promise<number> {
  child.kill('SIGTERM');
  const patience = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 45_000);
  return ended.finally(() => clearTimeout(patience));
}
