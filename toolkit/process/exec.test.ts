import { describe, expect, test } from '@jest/globals';
import { CommandError, TimedOut } from '../errors.ts';
import { createSecrets } from '../secrets.ts';
import { createExec } from './exec.ts';

const secrets = createSecrets(() => {});
const never = new AbortController().signal;

describe('exec', () => {
  test('hands arguments over as they are, without a shell', async () => {
    const exec = createExec(secrets, never);
    const nasty = ['a b', '$(id)', '"', "'", '`x`', '', '*', '--'];
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const { stdout } = await exec({ command: process.execPath, args: ['-e', script, '--', ...nasty] });
    expect(JSON.parse(stdout)).toEqual(nasty);
  });

  test('gives standard input and hands on whole lines of both streams', async () => {
    const exec = createExec(secrets, never);
    const seen: string[] = [];
    const result = await exec({
      command: 'sh',
      args: ['-c', 'cat; echo oops >&2; printf end'],
      stdin: 'één\ntwo\n',
      onStdout: (line) => seen.push(line),
      onStderr: (line) => seen.push(`!${line}`),
    });
    expect(result.stdout).toBe('één\ntwo\nend');
    expect(seen.filter((line) => !line.startsWith('!'))).toEqual(['één', 'two', 'end']);
    expect(seen).toContain('!oops');
  });

  test('a child that ends without reading its input is no failure', async () => {
    const exec = createExec(secrets, never);
    for (const stdin of ['x'.repeat(1_000_000), '']) {
      const ends = Array.from({ length: 20 }, () => exec({ command: 'true', args: [], stdin }));
      for (const end of await Promise.all(ends)) expect(end.exitCode).toBe(0);
    }
  });

  test('gives standard input that is known only later, and ends a child whose input comes to nothing', async () => {
    const exec = createExec(secrets, never);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const lines: string[] = [];
    const onStdout = (line: string): void => {
      lines.push(line);
      if (line === 'ready') resolve('later');
    };
    const args = ['-c', 'echo ready; cat'];
    expect((await exec({ command: 'sh', args, laterStdin: promise, onStdout })).stdout).toBe('ready\nlater');
    reject(new Error('too late to matter'));
    await expect(exec({ command: 'cat', args: [], laterStdin: Promise.reject(new Error('no')) })).rejects.toThrow(
      'cat',
    );
  });

  test('fails with the exit code and the end of standard error, redacted', async () => {
    const register = createSecrets(() => {});
    register.add('hunter22');
    const exec = createExec(register, never);
    const failing = exec({ command: 'sh', args: ['-c', 'echo "bad hunter22" >&2; exit 3'] });
    await expect(failing).rejects.toMatchObject({
      name: 'CommandError',
      exitCode: 3,
      message: expect.stringContaining('bad ***'),
    });
    await expect(failing).rejects.toBeInstanceOf(CommandError);
  });

  test('takes an expected exit code as an answer', async () => {
    const exec = createExec(secrets, never);
    const result = await exec({ command: 'sh', args: ['-c', 'exit 2'], expectedExitCodes: [0, 2] });
    expect(result.exitCode).toBe(2);
  });

  test('sends SIGINT to the child on abort and waits for its clean-up', async () => {
    const controller = new AbortController();
    const exec = createExec(secrets, controller.signal);
    const seen: string[] = [];
    const running = exec({
      command: process.execPath,
      args: [
        '-e',
        'process.on("SIGINT",()=>setTimeout(()=>{console.log("released");process.exit(0)},50));setInterval(()=>{},1e3);console.log("up")',
      ],
      onStdout: (line) => {
        seen.push(line);
        if (line === 'up') controller.abort(new Error('cancelled'));
      },
    });
    await expect(running).rejects.toThrow('cancelled');
    expect(seen).toEqual(['up', 'released']);
  });

  test('two calls at once: an abort reaches both children', async () => {
    const controller = new AbortController();
    const exec = createExec(secrets, controller.signal);
    let up = 0;
    const one = () =>
      exec({
        command: 'sh',
        args: ['-c', 'echo up; exec sleep 30'],
        onStdout: () => {
          up += 1;
          if (up === 2) controller.abort(new Error('cancelled'));
        },
      });
    const results = await Promise.allSettled([one(), one()]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  });

  test('an abort before the child has started still reaches it', async () => {
    const controller = new AbortController();
    const exec = createExec(secrets, controller.signal);
    const started = Date.now();
    const running = exec({ command: 'sleep', args: ['30'] });
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    expect(Date.now() - started).toBeLessThan(4000);
  });

  test('ends a child that takes too long', async () => {
    const exec = createExec(secrets, never);
    await expect(exec({ command: 'sleep', args: ['30'], timeoutMilliseconds: 100 })).rejects.toBeInstanceOf(TimedOut);
  });

  test('a program that is not there is a failure that names it', async () => {
    const exec = createExec(secrets, never);
    await expect(exec({ command: 'no-such-program', args: [] })).rejects.toThrow('no-such-program');
  });
});
