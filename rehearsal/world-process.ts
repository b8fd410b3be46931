/**
 * The world as a process of its own: started by `main.ts`, ended by it, by a signal, or when `main.ts` is gone. With
 * `--keep` it stays.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestFault } from './faults/fault.ts';
import type { WireControl } from './faults/stages.ts';
import type { WireReport } from './faults/wire.ts';
import { repositoryRoot, type WorldFacts, worldFile } from './layout.ts';
import type { WorldOptions } from './world.ts';

/** What the world tells its starter. */
export type WorldMessage =
  | { type: 'ready'; facts: WorldFacts }
  | { type: 'failed'; message: string }
  | { type: 'armed' }
  | { type: 'report'; report: WireReport };

/** What it is told. */
export type WorldOrder =
  | { type: 'keep' }
  | { type: 'arm'; faults: readonly RequestFault[] }
  | { type: 'aim'; pid: number }
  | { type: 'report' };

/** A world that is up. */
export interface WorldHandle {
  facts: WorldFacts;
  /** Leaves it up when this process ends. */
  keep(): void;
  stop(): Promise<void>;
  /** Of the stand-ins in it; only of a world that was started now. */
  wires?: WireControl;
}

const STOP_TIMEOUT_MILLISECONDS = 20_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('rehearsal/world.ts');
  } catch {
    return false;
  }
}

/** The world that a rehearsal with `--keep` left up, if it still is. */
export function findWorld(): WorldFacts | undefined {
  if (!existsSync(worldFile)) return undefined;
  const facts = JSON.parse(readFileSync(worldFile, 'utf8')) as WorldFacts;
  return isAlive(facts.pid) ? facts : undefined;
}

/** Whether a world belongs to a rehearsal that is at work. */
export function isInUse({ kept, startedBy }: WorldFacts): boolean {
  if (kept || startedBy === process.pid) return false;
  try {
    return readFileSync(`/proc/${startedBy}/cmdline`, 'utf8').includes('rehearsal/main.ts');
  } catch {
    return false;
  }
}

/** Ends a world and waits until it is gone. */
export async function stopWorld(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MILLISECONDS;
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Starts a world and waits until it is ready. */
export async function startWorldProcess(options: WorldOptions): Promise<WorldHandle> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'rehearsal/world.ts', JSON.stringify(options)],
    {
      cwd: repositoryRoot,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C is for main.ts, which stops the world in order.
      detached: true,
    },
  );
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const facts = await new Promise<WorldFacts>((resolve, reject) => {
    child.once('message', (message: WorldMessage) => {
      if (message.type === 'ready') resolve(message.facts);
      else if (message.type === 'failed') reject(new Error(message.message));
    });
    child.once('exit', () => reject(new Error(`The stand-ins did not start.\n${errors}`)));
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const tell = (order: WorldOrder): void => {
    child.send(order);
  };
  const ask = <T extends WorldMessage['type']>(order: WorldOrder, type: T): Promise<WorldMessage & { type: T }> =>
    new Promise((answered) => {
      const listen = (message: WorldMessage): void => {
        if (message.type !== type) return;
        child.off('message', listen);
        answered(message as WorldMessage & { type: T });
      };
      child.on('message', listen);
      tell(order);
    });
  return {
    facts,
    wires: {
      arm: async (faults) => void (await ask({ type: 'arm', faults }, 'armed')),
      aim: (pid) => tell({ type: 'aim', pid }),
      report: async () => (await ask({ type: 'report' }, 'report')).report,
    },
    keep() {
      tell({ type: 'keep' });
      child.stderr?.destroy();
      child.unref();
    },
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLISECONDS);
      await gone;
      clearTimeout(killer);
    },
  };
}

/** Asks the Azure stand-in's control path, as main.ts does for what was not simulated and who is still pending. */
export function askAzure(facts: WorldFacts, path: string, azureUrl = facts.azureUrl): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(`/_rehearsal/${path}`, azureUrl),
      { ca: facts.tls.ca, headers: { 'x-rehearsal-key': facts.controlKey } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
      },
    );
    call.on('error', reject);
    call.end();
  });
}
