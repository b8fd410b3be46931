import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import type { Condition } from './objects.ts';
import { forever, shell, startCluster, type TestCluster, text, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

const get = (kind: string, name: string): KubeObject | undefined =>
  cluster.store.get({ kind, namespace: 'moodle', name });
const status = (kind: string, name: string) => (get(kind, name)?.status ?? {}) as Record<string, unknown>;
const condition = (kind: string, name: string, type: string) =>
  (status(kind, name).conditions as Condition[] | undefined)?.find((candidate) => candidate.type === type);

describe('Job', () => {
  function job(name: string, script: string, more: Record<string, unknown> = {}, restartPolicy = 'Never') {
    const template = { spec: shell(script, {}, { restartPolicy }) };
    cluster.apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template, ...more } });
  }

  test('success: conditions, counts, and pods found by the generated selector', async () => {
    job('fine', 'echo done');
    await until(() => condition('Job', 'fine', 'Complete')?.status === 'True', 'completion');
    expect(condition('Job', 'fine', 'SuccessCriteriaMet')?.status).toBe('True');
    expect(status('Job', 'fine')).toMatchObject({
      succeeded: 1,
      completionTime: expect.any(String),
      startTime: expect.any(String),
    });
    expect(status('Job', 'fine').active).toBeUndefined();
    const { matchLabels } = (get('Job', 'fine')?.spec?.selector ?? {}) as { matchLabels: Record<string, string> };
    const [pod] = cluster.store.list('Pod', { namespace: 'moodle', labels: matchLabels });
    const log = await cluster.nodes.logs({ namespace: 'moodle', pod: pod?.metadata.name ?? '' }, { follow: true });
    expect(await text(log)).toBe('done\n');
  });

  test('failure: retried up to backoffLimit, then Failed', async () => {
    job('doomed', 'exit 1', { backoffLimit: 1 });
    const failed = await until(() => condition('Job', 'doomed', 'Failed'));
    expect(failed).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(condition('Job', 'doomed', 'FailureTarget')?.status).toBe('True');
    expect(status('Job', 'doomed').failed).toBe(2);
  });

  test('restartPolicy OnFailure: restarts in the same pod count against the limit', async () => {
    job('restarting', 'exit 1', { backoffLimit: 1 }, 'OnFailure');
    await until(() => condition('Job', 'restarting', 'Failed'), 'the failure');
    const pods = cluster.store.list('Pod', { namespace: 'moodle', labels: { 'job-name': 'restarting' } });
    expect(pods.length).toBeLessThanOrEqual(1);
  });

  test('activeDeadlineSeconds ends a Job that takes too long, and its pod', async () => {
    job('slow', forever, { activeDeadlineSeconds: 1 });
    const failed = await until(() => condition('Job', 'slow', 'Failed'));
    expect(failed.reason).toBe('DeadlineExceeded');
    const labels = { 'batch.kubernetes.io/job-name': 'slow' };
    await until(() => cluster.store.list('Pod', { namespace: 'moodle', labels }).length === 0, 'the pod to go');
  });

  test('a failure policy tells failures of the program from those around it', async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }];
    const policy = { podFailurePolicy: { rules }, podReplacementPolicy: 'Failed' };
    job('own-failure', 'exit 1', policy);
    const failed = await until(() => condition('Job', 'own-failure', 'Failed'));
    expect(failed).toMatchObject({
      reason: 'PodFailurePolicy',
      message: expect.stringMatching(
        /^Container main for pod moodle\/own-failure-\w+ failed with exit code 1 matching/,
      ),
    });
    expect(status('Job', 'own-failure').failed).toBe(1);
    job('killed', 'exit 137', { ...policy, backoffLimit: 1 });
    expect(await until(() => condition('Job', 'killed', 'Failed'))).toMatchObject({ reason: 'BackoffLimitExceeded' });
    expect(status('Job', 'killed').failed).toBe(2);
  });

  test('what is not implemented fails the Job by its name', async () => {
    job('policy', 'true', { successPolicy: { rules: [{ succeededCount: 1 }] } });
    const failed = await until(() => condition('Job', 'policy', 'Failed'));
    expect(failed.message).toBe('The rehearsal does not implement spec.successPolicy of a Job.');
  });
});
