import { expect, test } from '@jest/globals';
import type { Pod, PodFailurePolicy } from '../objects.ts';
import { judgeFailure } from './pod-failure-policy.ts';

const policy: PodFailurePolicy = {
  rules: [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
    { action: 'FailJob', onExitCodes: { containerName: 'work', operator: 'In', values: [1, 2] } },
    { action: 'Count', onExitCodes: { operator: 'NotIn', values: [3] } },
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } },
  ],
};

function failed(exitCode: number, container = 'work', conditions: { type: string; status: string }[] = []): Pod {
  return {
    metadata: { name: 'p', namespace: 'moodle' },
    status: {
      phase: 'Failed',
      conditions,
      containerStatuses: [{ name: container, state: { terminated: { exitCode } } }],
    },
  } as unknown as Pod;
}

test.each([
  ['without a policy', undefined, failed(1), { kind: 'counted' }],
  [
    'a disruption comes first',
    policy,
    failed(1, 'work', [{ type: 'DisruptionTarget', status: 'True' }]),
    { kind: 'ignored' },
  ],
  [
    'a condition that is not met',
    policy,
    failed(137, 'work', [{ type: 'DisruptionTarget', status: 'False' }]),
    { kind: 'counted' },
  ],
  ['another container', policy, failed(1, 'other'), { kind: 'counted' }],
  ['killed', policy, failed(137), { kind: 'counted' }],
  [
    'a code of its own',
    policy,
    failed(2),
    {
      kind: 'fatal',
      message: 'Container work for pod moodle/p failed with exit code 2 matching FailJob rule at index 1',
    },
  ],
  [
    'any container',
    policy,
    failed(3, 'other'),
    {
      kind: 'fatal',
      message: 'Container other for pod moodle/p failed with exit code 3 matching FailJob rule at index 3',
    },
  ],
] as const)('%s', (_, given, pod, verdict) => {
  expect(judgeFailure(given, pod)).toEqual(verdict);
});
