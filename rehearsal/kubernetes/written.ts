/** What every way of writing shares: metadata that clients may set, preconditions, storing a new object. */
import { badRequest, conflict } from './api-error.ts';
import type { StoredMeta } from './deletion.ts';
import type { Api } from './http.ts';
import type { KubeObject } from './ports.ts';
import type { ResourceType } from './resources.ts';
import type { Route } from './route.ts';
import { validateObject } from './validation/validate.ts';

/** Gives the object the namespace of the URL; throws when it says another. */
export function place(route: Route, metadata: StoredMeta): void {
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
export function clientMeta(metadata: StoredMeta): StoredMeta {
  const written = Object.entries(metadata).filter(([key]) => !systemFields.includes(key));
  return Object.fromEntries(written) as unknown as StoredMeta;
}

/** Throws 409 when the given uid or resource version is not the live one. */
export function checkPreconditions(type: ResourceType, live: KubeObject, given: Partial<StoredMeta>): void {
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

/** Validates and, unless it is a dry run, stores a new object. */
export function storeNew(api: Api, owned: KubeObject, dryRun: boolean): KubeObject {
  const prepared = api.store.prepareInsert(owned);
  validateObject(api.models, prepared);
  return dryRun ? prepared : api.store.insert(prepared);
}
