/** Pod specs: what decoding lets pass and a real server's validation does not. */
import type { StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import { quantityAmount } from '../quantity.ts';
import { duplicate, forbiddenField, invalidValue, required, unresolved } from './causes.ts';
import { checkLabelName, checkPort } from './names.ts';

type Fields = Record<string, unknown>;

/** Options of a check. */
export interface PodSpecRules {
  /** Volumes that come from elsewhere, as the claims of a StatefulSet. */
  claims: readonly string[];
}

/** Checks the spec at `field`. */
export function checkPodSpec(spec: Fields, field: string, rules: PodSpecRules): StatusCause[] {
  const containers = objectsIn(spec.containers);
  const initContainers = objectsIn(spec.initContainers);
  const volumes = objectsIn(spec.volumes).map(({ name }) => String(name));
  const causes = containers.length === 0 ? [required(`${field}.containers`)] : [];
  causes.push(...repeated(volumes, (index) => `${field}.volumes[${index}].name`));
  for (const [index, volume] of objectsIn(spec.volumes).entries()) {
    causes.push(...checkLabelName(`${field}.volumes[${index}].name`, volume.name));
    const [, ...more] = Object.keys(volume).filter((key) => key !== 'name');
    causes.push(
      ...more.map((key) =>
        forbiddenField(`${field}.volumes[${index}].${key}`, 'may not specify more than 1 volume type'),
      ),
    );
  }
  const seen = new Set<string>();
  for (const [list, items] of Object.entries({ initContainers, containers })) {
    for (const [index, container] of items.entries()) {
      const at = `${field}.${list}[${index}]`;
      causes.push(...checkContainer(container, at, [...volumes, ...rules.claims]));
      if (seen.has(String(container.name))) {
        causes.push(duplicate(`${at}.name`, container.name));
      }
      seen.add(String(container.name));
    }
  }
  return causes;
}

function repeated(names: readonly string[], field: (index: number) => string): StatusCause[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [duplicate(field(index), name)] : []));
}

function checkContainer(container: Fields, field: string, volumes: readonly string[]): StatusCause[] {
  const causes = checkLabelName(`${field}.name`, container.name);
  if (container.image === undefined || container.image === '') {
    causes.push(required(`${field}.image`));
  }
  for (const [index, port] of objectsIn(container.ports).entries()) {
    causes.push(...checkPort(`${field}.ports[${index}].containerPort`, port.containerPort));
  }
  for (const [index, { name, value, valueFrom }] of objectsIn(container.env).entries()) {
    if (name === undefined || name === '') {
      causes.push(required(`${field}.env[${index}].name`));
    }
    if (valueFrom !== undefined && value !== undefined && value !== '') {
      causes.push(
        invalidValue(`${field}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty'),
      );
    }
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = objectIn(container, name);
    causes.push(...(probe === undefined ? [] : checkProbe(probe, `${field}.${name}`)));
  }
  const mounts = objectsIn(container.volumeMounts);
  for (const [index, mount] of mounts.entries()) {
    if (!volumes.includes(String(mount.name))) {
      causes.push(unresolved(`${field}.volumeMounts[${index}].name`, mount.name));
    }
  }
  const paths = mounts.map(({ mountPath }) => String(mountPath));
  causes.push(
    ...paths.flatMap((path, index) =>
      paths.indexOf(path) < index
        ? [invalidValue(`${field}.volumeMounts[${index}].mountPath`, path, 'must be unique')]
        : [],
    ),
  );
  return [...causes, ...checkResources(container, `${field}.resources.requests`)];
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

function checkProbe(probe: Fields, field: string): StatusCause[] {
  const [handler, ...more] = handlers.filter((name) => probe[name] !== undefined);
  const causes = handler === undefined ? [required(field, 'must specify a handler type')] : [];
  causes.push(...more.map((name) => forbiddenField(`${field}.${name}`, 'may not specify more than 1 handler type')));
  const once = !field.endsWith('readinessProbe') && Number(probe.successThreshold ?? 1) !== 1;
  return once ? [...causes, invalidValue(`${field}.successThreshold`, probe.successThreshold, 'must be 1')] : causes;
}

function checkResources(container: Fields, field: string): StatusCause[] {
  const resources = objectIn(container, 'resources');
  const limits = objectIn(resources, 'limits') ?? {};
  return Object.entries(objectIn(resources, 'requests') ?? {}).flatMap(([name, request]) => {
    const limit = limits[name];
    const over = limit !== undefined && quantityAmount(String(request)) > quantityAmount(String(limit));
    return over ? [invalidValue(field, request, `must be less than or equal to ${name} limit of ${limit}`)] : [];
  });
}
