import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { forever, shell, startCluster, type TestCluster, text, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

function pod(name: string, spec: Record<string, unknown>, labels: Record<string, string> = {}) {
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
}

const phase = (name: string) => cluster.pod(name)?.status.phase;
const mainState = (name: string) => cluster.pod(name)?.status.containerStatuses?.[0];
const running = (name: string) => until(() => mainState(name)?.state.running, `pod ${name} to run`);
const ended = (name: string) => until(() => /Succeeded|Failed/.test(phase(name) ?? ''), `pod ${name} to end`);

async function logOf(name: string, options: { previous?: boolean; tailLines?: number; container?: string } = {}) {
  const { container, ...rest } = options;
  const ref = { namespace: 'moodle', pod: name, ...(container === undefined ? {} : { container }) };
  return text(await cluster.nodes.logs(ref, { follow: false, ...rest }));
}

describe('exec and logs', () => {
  beforeAll(async () => {
    pod(
      'tool',
      shell(`echo one; echo two >&2; echo three; ${forever}`, { env: [{ name: 'A', value: 'b' }], workingDir: '/tmp' }),
    );
    await running('tool');
    pod('ended', shell('exit 0', {}, { restartPolicy: 'Never' }));
    await ended('ended');
  });

  test('exec has the environment, the folder and the exit code, and keeps the streams apart', async () => {
    const result = await cluster.run('tool', ['sh', '-c', 'echo "$A $PWD"; echo err >&2; exit 5']);
    expect(result).toEqual({ code: 5, out: 'b /tmp\n', err: 'err\n' });
  });

  test('exec passes standard input through to its end', async () => {
    const child = await cluster.nodes.exec({ namespace: 'moodle', pod: 'tool' }, ['wc', '-c'], { stdin: true });
    child.stdin?.end('x'.repeat(300_000));
    expect([(await text(child.stdout)).trim(), await child.exit]).toEqual(['300000', 0]);
  });

  test('a killed exec leaves no process in the pod', async () => {
    const child = await cluster.nodes.exec({ namespace: 'moodle', pod: 'tool' }, ['sleep', '777'], { stdin: false });
    await until(async () => (await cluster.run('tool', ['ps', 'ax'])).out.includes('sleep 777'));
    child.kill('SIGKILL');
    await child.exit;
    await until(async () => !(await cluster.run('tool', ['ps', 'ax'])).out.includes('sleep 777'), 'the end of sleep');
  });

  test('exec into what is not there is refused with a sentence', async () => {
    const exec = (name: string, container?: string) =>
      cluster.nodes.exec({ namespace: 'moodle', pod: name, ...(container ? { container } : {}) }, ['true'], {
        stdin: false,
      });
    await expect(exec('nobody')).rejects.toThrow('pods "nobody" not found');
    await expect(exec('tool', 'other')).rejects.toThrow('container other is not valid for pod tool');
    await expect(exec('ended')).rejects.toThrow('container not found ("main")');
  });

  test('logs: all, the last lines, and following until the container ends', async () => {
    await until(async () => (await logOf('tool')).includes('three'));
    expect(await logOf('tool')).toBe('one\ntwo\nthree\n');
    expect(await logOf('tool', { tailLines: 1 })).toBe('three\n');
    pod('talker', shell('for i in 1 2 3; do echo $i; sleep 0.1; done', {}, { restartPolicy: 'Never' }));
    await running('talker');
    const stream = await cluster.nodes.logs({ namespace: 'moodle', pod: 'talker' }, { follow: true });
    expect(await text(stream)).toBe('1\n2\n3\n');
  });

  test('the log of a container that has not started is refused with its reason', async () => {
    pod('no-image', shell('true', { image: 'registry.example/missing:1' }));
    await until(() => mainState('no-image')?.state.waiting?.reason === 'ImagePullBackOff');
    const logs = cluster.nodes.logs({ namespace: 'moodle', pod: 'no-image' }, { follow: false });
    await expect(logs).rejects.toThrow(
      /container "main" in pod "no-image" is waiting to start: (ImagePullBackOff|ErrImagePull)/,
    );
    await expect(logOf('tool', { previous: true })).rejects.toThrow('previous terminated container "main"');
  });
});
