/** Create, update, patch and server-side apply: from a request to a stored object. */

import { ApiError, badRequest, conflict, forbidden, invalid } from './api-error.ts';
import { applyConfiguration } from './apply.ts';
import { mediaType, readBody, unsupported } from './body.ts';
import { applyDefaults } from './defaults.ts';
import type { StoredMeta } from './deletion.ts';
import { type Api, type ApiRequest, isDryRun, managerOf, ok, type Reply } from './http.ts';
import { sameJson } from './json.ts';
import { generatedName } from './names.ts';
import { recordUpdate } from './ownership.ts';
import { jsonPatch } from './patch/json-patch.ts';
import { mergePatch } from './patch/merge-patch.ts';
import { strategicPatch } from './patch/strategic.ts';
import type { KubeObject } from './ports.ts';
import { named } from './reads.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import type { Route } from './route.ts';
import { restrict } from './store.ts';
import { checkTyped, mergingMessage } from './typed/check.ts';
import { isMap, typeOfKind } from './typed/schema.ts';
import { required } from './validation/causes.ts';
import { decodeObject, fieldValidationOf } from './validation/decode.ts';
import { validateObject } from './validation/validate.ts';

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** POST to a collection. */
export function createObject(api: Api, route: Route, request: ApiRequest): Reply {
  const validation = fieldValidationOf(request.query.get('fieldValidation'));
  const { object, warnings } = decodeObject(route.type, readBody(request), validation);
  const metadata = (object.metadata ?? {}) as StoredMeta;
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  place(route, metadata);
  if (metadata.name === undefined || metadata.name === '') {
    if (metadata.generateName === undefined) {
      throw invalid(route.type, '', [required('metadata.name', 'name or generateName is required')]);
    }
    metadata.name = generatedName(metadata.generateName);
  }
  const draft: KubeObject = { ...object, metadata: clientMeta(metadata) };
  if (route.type.status) {
    delete draft.status;
  }
  api.store.requireNamespace(draft);
  applyDefaults(draft);
  const owned = recordUpdate(undefined, draft, { manager: managerOf(request), time: api.store.timestamp() });
  const stored = storeNew(api, owned, isDryRun(request.query.getAll('dryRun')));
  return { code: 201, body: stored, warnings };
}

/** PUT of an object or its status. */
export function updateObject(api: Api, route: Route, request: ApiRequest): Reply {
  const live = named(api, route);
  return storeChange(api, route, request, live, readBody(request));
}

/** PATCH of an object or its status, by content type. */
export function patchObject(api: Api, route: Route, request: ApiRequest): Reply {
  const given = mediaType(request);
  if (given === patchTypes.apply) {
    return applyObject(api, route, request);
  }
  const live = named(api, route);
  const patch = readBody(request);
  switch (given) {
    case patchTypes.json:
      return storeChange(api, route, request, live, jsonPatch(live, patch));
    case patchTypes.merge:
      return storeChange(api, route, request, live, mergePatch(live, patch));
    case patchTypes.strategic:
      return storeChange(api, route, request, live, strategicPatch(typeOfKind(route.type.kind), live, patch));
    default:
      throw unsupported(given, Object.values(patchTypes));
  }
}

function applyObject(api: Api, route: Route, request: ApiRequest): Reply {
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

/** Gives the object the namespace of the URL; throws when it says another. */
function place(route: Route, metadata: StoredMeta): void {
  if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (route.namespace === undefined) {
    delete metadata.namespace;
  } else {
    metadata.namespace = route.namespace;
  }
}

const systemFields = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

/** Metadata without what only the server sets. */
function clientMeta(metadata: StoredMeta): StoredMeta {
  const written = Object.entries(metadata).filter(([key]) => !systemFields.includes(key));
  return Object.fromEntries(written) as unknown as StoredMeta;
}

function checkPreconditions(type: ResourceType, live: KubeObject, given: Partial<StoredMeta>): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (given.uid !== undefined && given.uid !== '' && given.uid !== uid) {
    throw conflict(type, name, `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`);
  }
  if (
    given.resourceVersion !== undefined &&
    given.resourceVersion !== '' &&
    given.resourceVersion !== resourceVersion
  ) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(type, name, why);
  }
}

function storeNew(api: Api, owned: KubeObject, dryRun: boolean): KubeObject {
  const prepared = api.store.prepareInsert(owned);
  validateObject(api.models, prepared);
  return dryRun ? prepared : api.store.insert(prepared);
}

function storeChange(api: Api, route: Route, request: ApiRequest, live: KubeObject, written: unknown): Reply {
  const { type } = route;
  const validation = fieldValidationOf(request.query.get('fieldValidation'));
  const { object, warnings } = decodeObject(type, written, validation);
  if (object.metadata?.name !== live.metadata.name) {
    throw badRequest(
      `the name of the object (${object.metadata?.name}) does not match the name on the URL (${live.metadata.name})`,
    );
  }
  place(route, object.metadata);
  checkPreconditions(type, live, object.metadata);
  const subresource = route.subresource === 'status' ? 'status' : undefined;
  const next = restrict(live, object, subresource);
  applyDefaults(next);
  if (sameJson(live, next)) {
    return { ...ok(live), warnings };
  }
  validateObject(api.models, next, live);
  const writer = {
    manager: managerOf(request),
    time: api.store.timestamp(),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const owned = recordUpdate(live, next, writer);
  const dryRun = isDryRun(request.query.getAll('dryRun'));
  return { ...ok(dryRun ? api.store.prepareReplace(live, owned) : api.store.replace(owned)), warnings };
}
