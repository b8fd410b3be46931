/** GET of one object and of lists: selectors, pages, and tables for people. */
import { badRequest, notFound } from './api-error.ts';
import { type Api, type ApiRequest, ok, type Reply } from './http.ts';
import type { KubeObject } from './ports.ts';
import { apiVersionOf, isCustom, type ResourceType } from './resources.ts';
import type { Route } from './route.ts';
import { requestSelector } from './selectors.ts';
import { tableOf, wantsTable } from './table.ts';

/** The object that a route names; throws 404. */
export function named(api: Api, { type, namespace, name }: Route): KubeObject {
  const ref = { kind: type.kind, name: name ?? '', ...(namespace === undefined ? {} : { namespace }) };
  const object = api.store.peek(ref);
  if (object === undefined) {
    throw notFound(type, ref.name);
  }
  return object;
}

/** GET of one object. */
export function getObject(api: Api, route: Route, request: ApiRequest): Reply {
  const object = named(api, route);
  return ok(wantsTable(request) ? tableOf(route.type, [object], api.store.timestamp()) : object);
}

/** Items of lists say their kind only where they are custom resources. */
function asItem(type: ResourceType, object: KubeObject): unknown {
  if (isCustom(type)) {
    return object;
  }
  const { kind: _kind, apiVersion: _apiVersion, ...item } = object;
  return item;
}

/** GET of a collection. Pages go on from a name, over the objects as they are then, not as they were at the first page. */
export function listObjects(api: Api, { type, namespace }: Route, request: ApiRequest): Reply {
  const selector = requestSelector(type, request.query);
  const all = api.store.select(type.kind, namespace).filter(selector);
  const start = all.findIndex((object) => placeOf(object) > after(request.query.get('continue')));
  const rest = start < 0 ? [] : all.slice(start);
  const limit = Number(request.query.get('limit') ?? 0) || rest.length;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > page.length;
  const metadata = {
    resourceVersion: String(api.store.version),
    ...(more
      ? { continue: Buffer.from(placeOf(last)).toString('base64url'), remainingItemCount: rest.length - page.length }
      : {}),
  };
  if (wantsTable(request)) {
    return ok({ ...tableOf(type, page, api.store.timestamp()), metadata });
  }
  const items = page.map((object) => asItem(type, object));
  return ok({ kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata, items });
}

function placeOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function after(token: string | null): string {
  const place = Buffer.from(token ?? '', 'base64url').toString('utf8');
  if (place !== '' && !place.includes('/')) {
    throw badRequest('continue key is not valid: it was not made by this server');
  }
  return place;
}
