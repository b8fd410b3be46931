/** Create, update and patch: from a request to a stored object. */

import { badRequest, invalid } from './api-error.ts';
import { applyObject } from './apply-request.ts';
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
import { restrict } from './restrict.ts';
import type { Route } from './route.ts';
import { typeOfKind } from './typed/schema.ts';
import { required } from './validation/causes.ts';
import { decodeObject, fieldValidationOf } from './validation/decode.ts';
import { validateObject } from './validation/validate.ts';
import { checkPreconditions, clientMeta, place, storeNew } from './written.ts';

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
