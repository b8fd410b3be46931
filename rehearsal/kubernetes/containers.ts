/** Which container of which pod a log or exec request is about. */
import { badRequest, notFound } from './api-error.ts';
import type { Api, ApiRequest } from './http.ts';
import { objectIn, objectsIn } from './pod-defaults.ts';
import type { KubeObject } from './ports.ts';
import { named } from './reads.ts';
import type { Route } from './route.ts';

/** A container, as the runtime knows it. */
export interface ContainerRef {
  namespace: string;
  pod: string;
  container: string;
}

/** The container that a request names, or the only one there is; throws 404 or 400. */
export function containerOf(api: Api, route: Route, request: ApiRequest): { ref: ContainerRef; pod: KubeObject } {
  const pod = named(api, route);
  const { name, namespace } = pod.metadata;
  if (namespace === undefined) {
    throw notFound(route.type, name);
  }
  const main = objectsIn(pod.spec?.containers).map((container) => String(container.name));
  const init = objectsIn(pod.spec?.initContainers).map((container) => String(container.name));
  const asked = request.query.get('container') ?? '';
  const [only] = main;
  if (asked === '' && (main.length !== 1 || only === undefined)) {
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${[...init, ...main].join(' ')}]`,
    );
  }
  const container = asked === '' ? String(only) : asked;
  if (![...init, ...main].includes(container)) {
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  }
  return { ref: { namespace, pod: name, container }, pod };
}

/** Why a container has not started, or undefined when it has. */
export function waitingReason(pod: KubeObject, container: string): string | undefined {
  const all = [...objectsIn(pod.status?.containerStatuses), ...objectsIn(pod.status?.initContainerStatuses)];
  const status = all.find((candidate) => candidate.name === container);
  if (status === undefined) {
    return pod.status?.phase === 'Pending' ? 'ContainerCreating' : undefined;
  }
  const waiting = objectIn(objectIn(status, 'state'), 'waiting');
  const ranBefore = objectIn(status, 'lastState')?.terminated !== undefined;
  return waiting === undefined || ranBefore ? undefined : String(waiting.reason ?? 'ContainerCreating');
}
