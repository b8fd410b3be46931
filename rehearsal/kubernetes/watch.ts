/** Watch: a stream of changes, one JSON object a line, after an optional first round of everything that is there. */
import type { ServerResponse } from 'node:http';
import { ApiError, invalid } from './api-error.ts';
import type { Change } from './changes.ts';
import type { Api, ApiRequest, Reply } from './http.ts';
import type { KubeObject } from './ports.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import type { Route } from './route.ts';
import { requestSelector, type Selector } from './selectors.ts';
import { tableOf, wantsTable } from './table.ts';

/** How a watch begins. */
interface Start {
  /** Resource version to go on from; undefined to begin with the objects that are there. */
  since: number | undefined;
  /** Whether to mark the end of the first objects with a bookmark (WatchList). */
  bookmark: boolean;
}

function startOf(type: ResourceType, query: URLSearchParams): Start {
  const version = query.get('resourceVersion') ?? '';
  if (query.get('sendInitialEvents') === 'true') {
    if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
      const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
      throw invalid(type, '', [{ reason: 'FieldValueForbidden', field: 'resourceVersionMatch', message }]);
    }
    return { since: undefined, bookmark: query.get('allowWatchBookmarks') === 'true' };
  }
  if (version !== '' && !/^\d+$/.test(version)) {
    throw new ApiError(400, 'BadRequest', `resourceVersion: Invalid value: "${version}"`);
  }
  return { since: version === '' || version === '0' ? undefined : Number(version), bookmark: false };
}

/** What a change is to a watcher with a selector, or undefined when it is nothing to it. */
export function seenThrough(selector: Selector, { type, object, previous }: Change): Change['type'] | undefined {
  const now = type !== 'DELETED' && selector(object);
  const before = previous !== undefined && selector(previous);
  if (now) {
    return before ? 'MODIFIED' : 'ADDED';
  }
  return before ? 'DELETED' : undefined;
}

/** Answers a watch request. */
export function watchObjects(api: Api, { type, namespace, name }: Route, request: ApiRequest): Reply {
  const start = startOf(type, request.query);
  const chosen = requestSelector(type, request.query);
  const selector: Selector = (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    chosen(object);
  const seconds = Number(request.query.get('timeoutSeconds') ?? 0) || 1800 + Math.floor(Math.random() * 1800);
  const asTable = wantsTable(request);
  const stream = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const write = (event: string, object: unknown) => response.write(`${JSON.stringify({ type: event, object })}\n`);
    const tell = (event: string, object: KubeObject) =>
      write(event, asTable ? tableOf(type, [object], api.store.timestamp()) : object);
    const missed = start.since === undefined ? [] : api.store.changesSince(start.since);
    if (missed === undefined) {
      const message = `too old resource version: ${start.since} (${api.store.version})`;
      write('ERROR', new ApiError(410, 'Expired', message).toStatus());
      response.end();
      return;
    }
    const follow = (change: Change) => {
      const event = change.object.kind === type.kind ? seenThrough(selector, change) : undefined;
      if (event !== undefined) {
        tell(event, change.object);
      }
    };
    if (start.since === undefined) {
      for (const object of api.store.select(type.kind).filter(selector)) {
        tell('ADDED', object);
      }
    }
    if (start.bookmark) {
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const metadata = { resourceVersion: String(api.store.version), creationTimestamp: null, annotations };
      write('BOOKMARK', { kind: type.kind, apiVersion: apiVersionOf(type), metadata });
    }
    missed.forEach(follow);
    const stop = api.store.observe(follow);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.on('close', () => {
      stop();
      clearTimeout(timer);
    });
  };
  return { code: 200, stream };
}
