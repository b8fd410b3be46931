/** The scale subresource (autoscaling/v1 Scale) of Deployments, StatefulSets and ReplicaSets. */

import { ApiError, badRequest } from './api-error.ts';
import { mediaType, readBody, unsupported } from './body.ts';
import { type Api, type ApiRequest, isDryRun, managerOf, ok, type Reply } from './http.ts';
import { copyJson } from './json.ts';
import { recordUpdate } from './ownership.ts';
import { mergePatch } from './patch/merge-patch.ts';
import { objectIn, objectsIn } from './pod-defaults.ts';
import type { KubeObject } from './ports.ts';
import { named } from './reads.ts';
import type { Route } from './route.ts';
import { isMap } from './typed/schema.ts';
import { validateObject } from './validation/validate.ts';

/** The object's Scale. */
export function scaleOf(object: KubeObject): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = objectIn(object.spec, 'selector');
  const labels = Object.entries(objectIn(selector, 'matchLabels') ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = objectsIn(selector?.matchExpressions).map(
    ({ key, operator, values }) =>
      `${key} ${String(operator).toLowerCase()} (${Array.isArray(values) ? values.join(',') : ''})`,
  );
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: object.spec?.replicas ?? 0 },
    status: { replicas: object.status?.replicas ?? 0, selector: [...labels, ...expressions].sort().join(',') },
  };
}

/** GET, PUT and PATCH of `…/scale`. */
export function handleScale(api: Api, route: Route, request: ApiRequest): Reply {
  const live = named(api, route);
  if (request.method === 'GET') {
    return ok(scaleOf(live));
  }
  const given = mediaType(request);
  if (request.method === 'PATCH' && given !== 'application/merge-patch+json') {
    throw unsupported(given, ['application/merge-patch+json']);
  }
  const body = readBody(request);
  const scale = request.method === 'PATCH' ? mergePatch(scaleOf(live), body) : body;
  if (!isMap(scale) || scale.kind !== 'Scale') {
    throw badRequest('the object provided must be an autoscaling/v1 Scale');
  }
  const wanted = objectIn(scale, 'metadata')?.resourceVersion;
  if (wanted !== undefined && wanted !== '' && wanted !== live.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${route.type.plural} "${route.name}": ${why}`,
    );
  }
  const replicas = objectIn(scale, 'spec')?.replicas ?? 0;
  if (typeof replicas !== 'number') {
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be a number');
  }
  if (replicas === live.spec?.replicas) {
    return ok(scaleOf(live));
  }
  const next: KubeObject = { ...copyJson(live), spec: { ...live.spec, replicas } };
  validateObject(api.models, next, live);
  const writer = { manager: managerOf(request), subresource: 'scale', time: api.store.timestamp() };
  const owned = recordUpdate(live, next, writer);
  const dryRun = isDryRun(request.query.getAll('dryRun'));
  return ok(scaleOf(dryRun ? api.store.prepareReplace(live, owned) : api.store.replace(owned)));
}
