/** From a URL path to a resource type, namespace, name and subresource. */
import { ApiError } from './api-error.ts';
import { findResource, type ResourceType, resourceTypes } from './resources.ts';

/** What a path names. */
export interface Route {
  type: ResourceType;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

const podSubresources = ['exec', 'log', 'status'];

function notServed(what: string): ApiError {
  return new ApiError(404, 'NotFound', `the server could not find the requested resource (${what})`);
}

/** Subresources of a type. */
export function subresourcesOf(type: ResourceType): string[] {
  if (type.kind === 'Pod') {
    return podSubresources;
  }
  return [...(type.status ? ['status'] : []), ...(type.scale ? ['scale'] : [])];
}

/** Parses `/api/v1/…` and `/apis/GROUP/VERSION/…`; throws 404 that names what is not served. */
export function parseRoute(path: string): Route {
  const segments = path.split('/').slice(1).map(decodeURIComponent);
  const legacy = segments[0] === 'api';
  const [group = '', version = '', ...rest] = legacy ? ['', ...segments.slice(1)] : segments.slice(1);
  if (!resourceTypes.some((type) => type.group === group && type.version === version)) {
    throw notServed(`no API ${legacy ? version : `${group}/${version}`} in the Kubernetes stand-in`);
  }
  const scoped =
    rest[0] === 'namespaces' && rest[2] !== undefined && findResource(group, version, rest[2]) !== undefined;
  const [plural = '', name, subresource, ...more] = scoped ? rest.slice(2) : rest;
  const namespace = scoped ? rest[1] : undefined;
  const type = findResource(group, version, plural);
  if (type === undefined || more.length > 0 || (scoped && !type.namespaced)) {
    throw notServed(`${path} is not served by the Kubernetes stand-in`);
  }
  if (subresource !== undefined && !subresourcesOf(type).includes(subresource)) {
    throw notServed(`no subresource ${plural}/${subresource} in the Kubernetes stand-in`);
  }
  if (type.namespaced && namespace === undefined && name !== undefined) {
    throw notServed(`${path} names a namespaced object without its namespace`);
  }
  return { type, namespace, name, subresource };
}
