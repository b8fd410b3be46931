/** Server-side apply as a request: read, check, apply, validate, store. */
import { ApiError, badRequest, forbidden } from './api-error.ts';
import { applyConfiguration } from './apply.ts';
import { readBody } from './body.ts';
import { applyDefaults } from './defaults.ts';
import type { StoredMeta } from './deletion.ts';
import { type Api, type ApiRequest, isDryRun, ok, type Reply } from './http.ts';
import type { KubeObject } from './ports.ts';
import { apiVersionOf } from './resources.ts';
import type { Route } from './route.ts';
import { checkTyped, mergingMessage } from './typed/check.ts';
import { isMap, typeOfKind } from './typed/schema.ts';
import { validateObject } from './validation/validate.ts';
import { checkPreconditions, clientMeta, place, storeNew } from './written.ts';

/** PATCH with an applied configuration. */
export function applyObject(api: Api, route: Route, request: ApiRequest): Reply {
  const { type, name = '', subresource } = route;
  const manager = request.query.get('fieldManager') ?? '';
  if (manager === '') {
    const message = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
    throw new ApiError(422, 'Invalid', message);
  }
  if (subresource !== undefined) {
    throw new ApiError(
      405,
      'MethodNotAllowed',
      `the Kubernetes stand-in does not apply to subresource "${subresource}"`,
    );
  }
  const config = readConfiguration(route, readBody(request));
  const ref = { kind: type.kind, name, ...(route.namespace === undefined ? {} : { namespace: route.namespace }) };
  const live = api.store.peek(ref);
  const dryRun = isDryRun(request.query.getAll('dryRun'));
  if (live === undefined) {
    api.store.requireNamespace(config);
    if (!api.authorize(request.identity, 'create', { group: type.group, resource: type.plural }, route.namespace)) {
      throw forbidden(
        type,
        name,
        `User "${request.identity.user}" cannot create resource "${type.plural}" in API group "${type.group}"`,
      );
    }
  } else {
    checkPreconditions(type, live, config.metadata);
  }
  const options = {
    manager,
    force: request.query.get('force') === 'true',
    time: api.store.timestamp(),
    complete: applyDefaults,
  };
  const { metadata } = config;
  const next = applyConfiguration(live, { ...config, metadata: clientMeta(metadata) }, options);
  if (live === undefined) {
    return { code: 201, body: storeNew(api, next, dryRun) };
  }
  if (next === live) {
    return ok(live);
  }
  validateObject(api.models, next, live);
  return ok(dryRun ? api.store.prepareReplace(live, next) : api.store.replace(next));
}

/** The applied configuration, checked against the schema as typed merging does it. */
function readConfiguration(route: Route, body: unknown): KubeObject {
  const { type, name } = route;
  if (!isMap(body) || !isMap(body.metadata)) {
    throw badRequest('the applied configuration must be an object with metadata');
  }
  if (body.kind !== type.kind || body.apiVersion !== apiVersionOf(type)) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${String(body.apiVersion)}, expected: ${apiVersionOf(type)}`,
    );
  }
  const metadata = body.metadata as unknown as StoredMeta;
  if (metadata.managedFields !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  place(route, metadata);
  if (metadata.name !== name) {
    throw badRequest(`name in URL does not match name in ${type.kind} object`);
  }
  const findings = checkTyped(typeOfKind(type.kind), body).map(mergingMessage);
  if (findings.length > 0) {
    const what = `${metadata.namespace ?? ''}/${metadata.name}; ${type.group}/${type.version}, Kind=${type.kind}`;
    const text = findings.length === 1 ? findings[0] : `errors:\n  ${findings.join('\n  ')}`;
    throw new ApiError(500, '', `failed to create typed patch object (${what}): ${text}`);
  }
  return body as KubeObject;
}
