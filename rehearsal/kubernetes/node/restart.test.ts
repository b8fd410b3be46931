import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { forever, shell, startCluster, until } from './testing.ts';

jest.setTimeout(30_000);

/** Process numbers on this machine whose command line holds the mark. */
function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('a stopped world takes its pods along and brings them back with the same addresses and data', async () => {
  const cluster = await startCluster();
  try {
    const claim = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'managed-csi',
      resources: { requests: { storage: '1Gi' } },
    };
    const template = shell(forever, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'keep' },
      spec: {
        replicas: 2,
        serviceName: 'keep',
        selector: { matchLabels: { app: 'keep' } },
        template: { metadata: { labels: { app: 'keep' } }, spec: template },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    });
    const job = { template: { spec: shell('sleep 60', {}, { restartPolicy: 'Never' }) }, backoffLimit: 0 };
    cluster.apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'cut' }, spec: job });
    const ready = () =>
      cluster.store.get({ kind: 'StatefulSet', namespace: 'moodle', name: 'keep' })?.status?.readyReplicas;
    await until(() => ready() === 2, 'two ready pods');
    await until(() => cluster.store.list('Pod', { labels: { 'job-name': 'cut' } })[0]?.status?.phase === 'Running');
    await cluster.run('keep-1', ['sh', '-c', 'echo kept > /data/x; echo lost > /tmp/x']);
    const addresses = [0, 1].map((index) => cluster.pod(`keep-${index}`)?.status.podIP);

    await cluster.restart();
    const again = () => cluster.pod('keep-1')?.status.containerStatuses?.[0];
    await until(() => again()?.restartCount === 1 && again()?.ready, 'the pod to come back');
    await until(() => cluster.pod('keep-0')?.status.containerStatuses?.[0]?.ready, 'the other pod');
    expect([0, 1].map((index) => cluster.pod(`keep-${index}`)?.status.podIP)).toEqual(addresses);
    expect((await cluster.run('keep-1', ['sh', '-c', 'cat /data/x /tmp/x'])).out).toBe('kept\n');
    expect(again()?.lastState?.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });

    // A container that must not be restarted is lost, as with a node that lost power.
    const lost = await until(() => {
      const pod = cluster.store.list('Pod', { labels: { 'job-name': 'cut' } })[0];
      return pod?.status?.phase === 'Failed' && pod;
    });
    expect(JSON.stringify(lost.status?.containerStatuses)).toContain('"exitCode":255');
    await until(() =>
      JSON.stringify(cluster.store.get({ kind: 'Job', namespace: 'moodle', name: 'cut' })?.status).includes(
        'BackoffLimitExceeded',
      ),
    );
  } finally {
    await cluster.stop();
  }
});

test('SIGKILL of the process that holds the nodes leaves no pod process, whoever it runs as', async () => {
  const mark = `mark-${process.pid}-${Date.now()}`;
  const script = `
    const { startCluster, shell, until } = await import(${JSON.stringify(fileURLToPath(new URL('testing.ts', import.meta.url)))});
    const cluster = await startCluster();
    const body = ${JSON.stringify(`setsid sh -c 'while :; do sleep 1; done # ${mark}' & while :; do sleep 1; done # ${mark}`)};
    for (const [name, user] of [['one', 0], ['two', 4321]]) {
      const spec = shell(body, {}, { securityContext: { runAsUser: user } });
      cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
      await until(() => cluster.pod(name)?.status.phase === 'Running');
      await cluster.nodes.exec({ namespace: 'moodle', pod: name }, ['sh', '-c', 'sleep 500 # ${mark}'], { stdin: false });
    }
    console.log('DIRECTORY ' + cluster.directory);`;
  const holder: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  holder.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  await until(() => said.includes('DIRECTORY'), 'the holder to have started its pods', 20);
  await until(() => processesWith(mark).length >= 6, 'the pods’ processes');
  holder.kill('SIGKILL');
  await until(() => processesWith(mark).length === 0, 'the end of every pod process', 5);
  const directory = /DIRECTORY (\S+)/.exec(said)?.[1] ?? '';
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(directory);
  const { rm } = await import('node:fs/promises');
  await rm(directory, { recursive: true, force: true });
});
