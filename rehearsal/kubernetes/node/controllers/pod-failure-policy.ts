/**
 * What a Job's podFailurePolicy says of a pod that failed: the first rule that matches decides. Rules, reason and message
 * are those of pkg/controller/job/pod_failure_policy.go in kubernetes/kubernetes.
 */
import type { Pod, PodFailurePolicy, PodFailureRule } from '../objects.ts';

/** `fatal`: the Job fails at once. `ignored`: the pod does not count against backoffLimit. `counted`: it does. */
export type FailureVerdict = { kind: 'fatal'; message: string } | { kind: 'ignored' } | { kind: 'counted' };

/** Judges a pod whose phase is Failed. */
export function judgeFailure(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const cause = matchOf(rule, pod);
    if (cause === undefined) continue;
    if (rule.action === 'Ignore') return { kind: 'ignored' };
    if (rule.action === 'Count') return { kind: 'counted' };
    return { kind: 'fatal', message: `${cause} matching FailJob rule at index ${index}` };
  }
  return { kind: 'counted' };
}

/** Why a rule matches, as the message says it; undefined when it does not. */
function matchOf({ onExitCodes, onPodConditions }: PodFailureRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
    for (const status of statuses) {
      const code = status.state.terminated?.exitCode ?? 0;
      if (code === 0 || (containerName !== undefined && containerName !== status.name)) continue;
      if (values.includes(code) === (operator === 'In')) {
        return `Container ${status.name} for pod ${name} failed with exit code ${code}`;
      }
    }
    return undefined;
  }
  const met = (pod.status.conditions ?? []).find((condition) =>
    onPodConditions?.some(({ type, status = 'True' }) => type === condition.type && status === condition.status),
  );
  return met === undefined ? undefined : `Pod ${name} has condition ${met.type}`;
}
