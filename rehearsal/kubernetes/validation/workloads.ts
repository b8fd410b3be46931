/** Deployments, StatefulSets, ReplicaSets, Jobs and CronJobs beyond their schema. */
import type { StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import { forbiddenField, invalidValue, notSupported, required } from './causes.ts';
import { checkPodSpec } from './pods.ts';

type Fields = Record<string, unknown>;

/** Checks that numbers, where given, are not negative. */
export function checkNotNegative(spec: Fields, keys: readonly string[]): StatusCause[] {
  return keys.flatMap((key) => {
    const value = spec[key];
    return typeof value === 'number' && value < 0
      ? [invalidValue(`spec.${key}`, value, 'must be greater than or equal to 0')]
      : [];
  });
}

/** What Deployments, ReplicaSets and StatefulSets have in common. */
export function checkReplicated(spec: Fields): StatusCause[] {
  return [
    ...checkNotNegative(spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit']),
    ...checkSelector(spec),
    ...checkTemplate(spec, 'spec.template', ['Always']),
  ];
}

/** A Deployment. A strategy that is changed to Recreate by apply must be rid of its defaulted rollingUpdate by hand. */
export function checkDeployment(spec: Fields): StatusCause[] {
  const strategy = objectIn(spec, 'strategy');
  const left = strategy?.type === 'Recreate' && strategy.rollingUpdate !== undefined;
  const text = "may not be specified when strategy `type` is 'Recreate'";
  return [...checkReplicated(spec), ...(left ? [forbiddenField('spec.strategy.rollingUpdate', text)] : [])];
}

/** A Job. */
export function checkJob(spec: Fields): StatusCause[] {
  const counts = ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'];
  return [...checkNotNegative(spec, counts), ...checkTemplate(spec, 'spec.template', ['OnFailure', 'Never'])];
}

/** A CronJob. */
export function checkCronJob(spec: Fields): StatusCause[] {
  const jobSpec = objectIn(objectIn(spec, 'jobTemplate'), 'spec') ?? {};
  return [
    ...checkSchedule(String(spec.schedule ?? '')),
    ...checkTemplate(jobSpec, 'spec.jobTemplate.spec.template', ['OnFailure', 'Never']),
  ];
}

function checkSchedule(schedule: string): StatusCause[] {
  const fields = schedule.trim().split(/\s+/);
  if (/^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/.test(schedule)) {
    return [];
  }
  return fields.length === 5 && fields.every((field) => /^[\d*,/a-zA-Z?-]+$/.test(field))
    ? []
    : [
        invalidValue(
          'spec.schedule',
          schedule,
          `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`,
        ),
      ];
}

function checkSelector(spec: Fields): StatusCause[] {
  const selector = objectIn(spec, 'selector');
  if (selector === undefined) {
    return [];
  }
  const wanted = Object.entries(objectIn(selector, 'matchLabels') ?? {});
  if (wanted.length === 0 && objectsIn(selector.matchExpressions).length === 0) {
    return [invalidValue('spec.selector', selector, 'empty selector is invalid')];
  }
  const labels = objectIn(objectIn(objectIn(spec, 'template'), 'metadata'), 'labels') ?? {};
  return wanted.every(([key, value]) => labels[key] === value)
    ? []
    : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

function checkTemplate(owner: Fields, field: string, policies: readonly string[]): StatusCause[] {
  const template = objectIn(owner, 'template');
  const spec = objectIn(template, 'spec');
  if (spec === undefined) {
    return template === undefined ? [] : [required(`${field}.spec.containers`)];
  }
  const claims = objectsIn(owner.volumeClaimTemplates).map((claim) => String(objectIn(claim, 'metadata')?.name));
  const causes = checkPodSpec(spec, `${field}.spec`, { claims });
  if (!policies.includes(String(spec.restartPolicy))) {
    const place = `${field}.spec.restartPolicy`;
    causes.push(
      policies.length === 1
        ? notSupported(place, spec.restartPolicy, policies)
        : required(place, `valid values: ${policies.map((policy) => `"${policy}"`).join(', ')}`),
    );
  }
  return causes;
}
