/** DELETE of an object and of a collection. */
import { badRequest, conflict } from './api-error.ts';
import { readBody } from './body.ts';
import { type DeleteOptions, type Propagation, refOf } from './deletion.ts';
import { type Api, type ApiRequest, isDryRun, ok, type Reply } from './http.ts';
import { objectIn } from './pod-defaults.ts';
import type { KubeObject } from './ports.ts';
import { listObjects, named } from './reads.ts';
import type { ResourceType } from './resources.ts';
import type { Route } from './route.ts';
import { requestSelector } from './selectors.ts';
import { isMap } from './typed/schema.ts';

interface Wish extends DeleteOptions {
  uid?: unknown;
  resourceVersion?: unknown;
  dryRun: boolean;
}

function readWish(request: ApiRequest): Wish {
  const body = request.body.length > 0 ? readBody(request) : {};
  const given: Record<string, unknown> = isMap(body) ? body : {};
  const grace = given.gracePeriodSeconds ?? request.query.get('gracePeriodSeconds') ?? undefined;
  const propagation = given.propagationPolicy ?? request.query.get('propagationPolicy') ?? undefined;
  if (propagation !== undefined && !['Background', 'Foreground', 'Orphan'].includes(String(propagation))) {
    throw badRequest(`propagationPolicy: Unsupported value: "${String(propagation)}"`);
  }
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun.map(String) : request.query.getAll('dryRun');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(propagation === undefined ? {} : { propagation: propagation as Propagation }),
    uid: objectIn(given, 'preconditions')?.uid,
    resourceVersion: objectIn(given, 'preconditions')?.resourceVersion,
    dryRun: isDryRun(dryRun),
  };
}

/** Deletes one object: it is answered while it is still there, else a success with its uid. */
export function deleteObject(api: Api, route: Route, request: ApiRequest): Reply {
  const live = named(api, route);
  const wish = readWish(request);
  checkPreconditions(route.type, live, wish);
  const warnings = deleteOne(api, live, wish);
  const left = api.store.peek(refOf(live));
  if (left !== undefined) {
    return { ...ok(left), warnings };
  }
  const { group, plural } = route.type;
  const { name, uid } = live.metadata;
  const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid };
  return { ...ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }), warnings };
}

/** Deletes what a list request with the same parameters would list. */
export function deleteCollection(api: Api, route: Route, request: ApiRequest): Reply {
  const wish = readWish(request);
  const listed = listObjects(api, route, request);
  for (const object of api.store
    .select(route.type.kind, route.namespace)
    .filter(requestSelector(route.type, request.query))) {
    deleteOne(api, object, wish);
  }
  return listed;
}

function deleteOne(api: Api, live: KubeObject, wish: Wish): string[] {
  const orphans = live.kind === 'Job' && wish.propagation === undefined;
  if (!wish.dryRun) {
    api.store.delete(refOf(live), orphans ? { ...wish, propagation: 'Orphan' } : wish);
  }
  return orphans
    ? [
        'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
      ]
    : [];
}

function checkPreconditions(type: ResourceType, live: KubeObject, wish: Wish): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (wish.uid !== undefined && wish.uid !== uid) {
    throw conflict(
      type,
      name,
      `Precondition failed: UID in precondition: ${String(wish.uid)}, UID in object meta: ${uid}`,
    );
  }
  if (wish.resourceVersion !== undefined && wish.resourceVersion !== resourceVersion) {
    const versions = `${String(wish.resourceVersion)}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(type, name, `Precondition failed: ResourceVersion in precondition: ${versions}`);
  }
}
