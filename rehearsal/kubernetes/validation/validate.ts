/** Validation of an object that is about to be stored: everything wrong with it in one 422. */
import { invalid, type StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import type { KubeObject } from '../ports.ts';
import { resourceOfKind } from '../resources.ts';
import { invalidValue, notSupported, required } from './causes.ts';
import { checkImmutable } from './immutable.ts';
import { checkModel, type Models } from './models.ts';
import { checkNames } from './names.ts';
import { checkPodSpec, checkPort } from './pods.ts';

type Fields = Record<string, unknown>;

/** Throws a 422 that names every field at fault, or a 400 for a quantity that can't be read. */
export function validateObject(models: Models, next: KubeObject, live?: KubeObject): void {
  const formal = checkModel(models, next);
  const own = [...checkNames(next), ...checkKind(next)];
  const fields = new Set(own.map((cause) => cause.field));
  const causes = [
    ...formal.filter((cause) => !fields.has(cause.field)),
    ...own,
    ...(live === undefined ? [] : checkImmutable(live, next)),
  ];
  if (causes.length > 0) {
    throw invalid(resourceOfKind(next.kind), next.metadata.name, causes);
  }
}

function checkKind(object: KubeObject): StatusCause[] {
  const spec: Fields = object.spec ?? {};
  switch (object.kind) {
    case 'Pod':
      return checkPodSpec(spec, 'spec', { claims: [] });
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
      return [...checkReplicas(spec), ...checkSelector(spec), ...checkTemplate(spec, 'spec.template', ['Always'])];
    case 'Job':
      return checkTemplate(spec, 'spec.template', ['OnFailure', 'Never']);
    case 'CronJob': {
      const jobSpec = objectIn(objectIn(spec, 'jobTemplate'), 'spec') ?? {};
      return [
        ...checkSchedule(spec),
        ...checkTemplate(jobSpec, 'spec.jobTemplate.spec.template', ['OnFailure', 'Never']),
      ];
    }
    case 'Service':
      return checkService(spec);
    case 'PodDisruptionBudget':
      return spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
        ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
        : [];
    default:
      return [];
  }
}

function checkReplicas(spec: Fields): StatusCause[] {
  return typeof spec.replicas === 'number' && spec.replicas < 0
    ? [invalidValue('spec.replicas', spec.replicas, 'must be greater than or equal to 0')]
    : [];
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
  const spec = objectIn(objectIn(owner, 'template'), 'spec');
  if (spec === undefined) {
    return objectIn(owner, 'template') === undefined ? [] : [required(`${field}.spec.containers`)];
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

function checkSchedule(spec: Fields): StatusCause[] {
  const schedule = String(spec.schedule ?? '');
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

function checkService(spec: Fields): StatusCause[] {
  const ports = objectsIn(spec.ports);
  const headless = spec.clusterIP === 'None';
  const causes = ports.length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : [];
  for (const [index, port] of ports.entries()) {
    causes.push(...checkPort(`spec.ports[${index}].port`, port.port));
    if (ports.length > 1 && (port.name === undefined || port.name === '')) {
      causes.push(required(`spec.ports[${index}].name`));
    }
  }
  return causes;
}
