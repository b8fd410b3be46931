/** Pod specs: what decoding lets pass and a real server's validation does not. */
import type { StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import { quantityAmount } from '../quantity.ts';
import { duplicate, invalidValue, required, unresolved } from './causes.ts';
import { checkLabelName } from './names.ts';

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
  for (const [index, volume] of volumes.entries()) {
    causes.push(...checkLabelName(`${field}.volumes[${index}].name`, volume));
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
  for (const [index, { name }] of objectsIn(container.env).entries()) {
    if (name === undefined || name === '') {
      causes.push(required(`${field}.env[${index}].name`));
    }
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

/** Checks a port number; names are left to the kinds that allow them. */
export function checkPort(field: string, port: unknown): StatusCause[] {
  const fits = typeof port === 'number' && port >= 1 && port <= 65535;
  return fits ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
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
