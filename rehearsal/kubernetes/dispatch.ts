/** From a request to the handler that answers it. */
import { ApiError } from './api-error.ts';
import { deleteCollection, deleteObject } from './deletes.ts';
import {
  discoverGroups,
  discoverResources,
  isReview,
  openApiDocument,
  openApiIndex,
  serverVersion,
} from './discovery.ts';
import { type Api, type ApiRequest, ok, type Reply } from './http.ts';
import { readLog } from './logs.ts';
import { openApiV2 } from './openapi-v2.ts';
import { getObject, listObjects } from './reads.ts';
import { qualifiedName } from './resources.ts';
import { handleReview } from './reviews.ts';
import { parseRoute, type Route } from './route.ts';
import { handleScale } from './scale.ts';
import { watchObjects } from './watch.ts';
import { createObject, patchObject, updateObject } from './writes.ts';

const publicPaths = ['/version', '/healthz', '/readyz', '/livez'];

/** Whether a path is answered without a token. */
export function isPublic(path: string): boolean {
  return publicPaths.includes(path);
}

function notFoundPath(path: string): ApiError {
  return new ApiError(404, 'NotFound', `the server could not find the requested resource (${path})`);
}

/** Answers any request but upgrades. */
export async function dispatch(api: Api, request: ApiRequest): Promise<Reply> {
  const { path, method } = request;
  if (isPublic(path)) {
    return path === '/version' ? serverVersion() : { code: 200, body: 'ok' };
  }
  const review = /^\/apis\/(?:authorization|authentication)\.k8s\.io\/v1\/(\w+)$/.exec(path)?.[1];
  if (review !== undefined) {
    if (method !== 'POST' || !isReview(review)) {
      throw notFoundPath(path);
    }
    return handleReview(api, review, request);
  }
  const document = method === 'GET' ? readDocument(request) : undefined;
  if (document !== undefined) {
    return document;
  }
  if (!/^\/apis?\/./.test(path)) {
    throw notFoundPath(path);
  }
  return await handleResource(api, parseRoute(path), request);
}

function readDocument(request: ApiRequest): Reply | undefined {
  const { path } = request;
  if (path === '/api' || path === '/apis') {
    return discoverGroups(request);
  }
  if (path === '/openapi/v3') {
    return openApiIndex();
  }
  if (path === '/openapi/v2') {
    return openApiV2();
  }
  return openApiDocument(path) ?? discoverResources(path);
}

/** Throws 403 unless the user may. */
export function requirePermission(api: Api, route: Route, verb: string, request: ApiRequest): void {
  const { type, namespace, name, subresource } = route;
  const resource = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
  if (api.authorize(request.identity, verb, { group: type.group, resource }, namespace)) {
    return;
  }
  const what = name === undefined ? qualifiedName(type) : `${qualifiedName(type)} "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${what} is forbidden: User "${request.identity.user}" cannot ${verb} resource "${resource}" in API group "${type.group}" ${where}`;
  const group = type.group === '' ? {} : { group: type.group };
  throw new ApiError(403, 'Forbidden', message, {
    ...(name === undefined ? {} : { name }),
    ...group,
    kind: type.plural,
  });
}

const namedVerbs: Record<string, string> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const collectionVerbs: Record<string, string> = { GET: 'list', POST: 'create', DELETE: 'deletecollection' };

async function handleResource(api: Api, route: Route, request: ApiRequest): Promise<Reply> {
  const watching = request.method === 'GET' && ['true', '1'].includes(request.query.get('watch') ?? '');
  const verb = (route.name === undefined ? collectionVerbs : namedVerbs)[request.method];
  if (verb === undefined || (verb === 'create' && route.type.namespaced && route.namespace === undefined)) {
    throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
  requirePermission(api, route, watching ? 'watch' : verb, request);
  if (route.subresource === 'log') {
    return await readLog(api, route, request);
  }
  if (route.subresource === 'scale') {
    return handleScale(api, route, request);
  }
  if (route.subresource === 'exec') {
    throw new ApiError(400, 'BadRequest', 'Upgrade request required');
  }
  if (watching) {
    return watchObjects(api, route, request);
  }
  return handlers[verb]?.(api, route, request) ?? ok({});
}

const handlers: Record<string, (api: Api, route: Route, request: ApiRequest) => Reply> = {
  get: getObject,
  list: listObjects,
  create: createObject,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
};
