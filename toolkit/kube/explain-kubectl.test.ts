import { describe, expect, test } from '@jest/globals';
import { Cancelled, CommandError } from '../errors.ts';
import type { ExecRequest, ExecResult } from '../process/exec.ts';
import { explainingKubectl } from './explain-kubectl.ts';

/** A kubectl of that minor version, whose calls fail; none at all without one. */
function kubectl(failure: Error, minor?: string) {
  const calls: string[] = [];
  const exec = ({ args }: ExecRequest): Promise<ExecResult> => {
    calls.push(args[0] ?? '');
    if (args[0] !== 'version') return Promise.reject(failure);
    if (minor === undefined) return Promise.reject(new Error('Unable to locate executable file: kubectl.'));
    const stdout = JSON.stringify({ clientVersion: { major: '1', minor, gitVersion: `v1.${minor}.0` } });
    return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
  };
  return { calls, get: () => explainingKubectl(exec)({ command: 'kubectl', args: ['get'] }) };
}

describe('a call that fails', () => {
  test('because there is no kubectl', async () => {
    const { get } = kubectl(new Error('Unable to locate executable file: kubectl.'));
    await expect(get()).rejects.toThrow('kubectl is not on the PATH of this runner; install version 1.30 or later.');
  });

  test('because it is too old', async () => {
    const { get } = kubectl(new CommandError('kubectl', 1, 'error: unknown flag: --output-watch-events'), '14');
    await expect(get()).rejects.toThrow('kubectl v1.14.0 is too old; install version 1.30 or later.');
  });

  test.each([
    new CommandError('kubectl', 1, 'Error from server (NotFound): pods "x" not found'),
    new Cancelled('SIGTERM'),
  ])('for another reason: %p, and no version is asked for', async (failure) => {
    const { calls, get } = kubectl(failure, '32');
    await expect(get()).rejects.toBe(failure);
    expect(calls).toEqual(['get']);
  });
});
