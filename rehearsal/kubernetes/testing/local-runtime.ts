/** A PodRuntime for tests: commands run as plain local processes, logs are what the test writes. */
import { spawn } from 'node:child_process';
import { type PassThrough, Readable } from 'node:stream';
import type { ContainerProcess, PodRuntime } from '../ports.ts';

/** The runtime, and the logs of its containers by pod name. */
export interface LocalRuntime extends PodRuntime {
  readonly logsOf: Map<string, PassThrough>;
  readonly commands: string[][];
}

/** Makes a runtime in which every container of a pod not named `dead` runs. */
export function localRuntime(): LocalRuntime {
  const logsOf = new Map<string, PassThrough>();
  const commands: string[][] = [];
  return {
    logsOf,
    commands,
    async exec({ pod }, command, { stdin }): Promise<ContainerProcess> {
      commands.push(command);
      if (pod === 'dead') {
        throw new Error('container not found ("main")');
      }
      const [program = '', ...args] = command;
      const child = spawn(program, args, { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
      const exit = new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => resolve(code ?? 137));
      });
      const { stdout, stderr } = child;
      if (stdout === null || stderr === null) {
        throw new Error('no output');
      }
      return { stdin: child.stdin, stdout, stderr, exit, kill: (signal) => child.kill(signal) };
    },
    async logs({ pod }, { follow, tailLines }) {
      const log = logsOf.get(pod);
      if (log === undefined) {
        throw new Error(`no log of ${pod}`);
      }
      const lines = ['first', 'second', 'third'].map((line) => `${line}\n`);
      return follow ? log : Readable.from(lines.slice(tailLines === undefined ? 0 : -tailLines));
    },
    async stop() {},
  };
}
