/** JSON patch, RFC 6902, on JSON pointers, RFC 6901. */

import { ApiError, badRequest } from '../api-error.ts';
import { copyJson, sameJson } from '../json.ts';
import { isMap } from '../typed/schema.ts';

function refused(message: string): ApiError {
  return new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`);
}

function segmentsOf(pointer: unknown): string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) {
    throw badRequest(`json patch: not a pointer: ${JSON.stringify(pointer)}`);
  }
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, segments: readonly string[]): unknown {
  return segments.reduce<unknown>((at, key) => {
    const value = Array.isArray(at) ? at[Number(key)] : isMap(at) ? at[key] : undefined;
    if (value === undefined) {
      throw refused(`/${segments.join('/')} does not exist`);
    }
    return value;
  }, document);
}

function split(segments: readonly string[], document: unknown): { parent: unknown; key: string } {
  const key = segments.at(-1);
  if (key === undefined) {
    throw refused('the whole document cannot be replaced');
  }
  return { parent: read(document, segments.slice(0, -1)), key };
}

function add(document: unknown, segments: readonly string[], value: unknown): void {
  const { parent, key } = split(segments, document);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw refused(`/${segments.join('/')} is outside the list`);
    }
    parent.splice(index, 0, value);
  } else if (isMap(parent)) {
    parent[key] = value;
  } else {
    throw refused(`/${segments.join('/')} has no parent to hold it`);
  }
}

function remove(document: unknown, segments: readonly string[]): unknown {
  const value = read(document, segments);
  const { parent, key } = split(segments, document);
  if (Array.isArray(parent)) {
    parent.splice(Number(key), 1);
  } else if (isMap(parent)) {
    delete parent[key];
  }
  return value;
}

/** A copy of `target` with the operations carried out; throws 422 when one can't be. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw badRequest('json patch: the body must be a list of operations');
  }
  const document = copyJson(target);
  for (const operation of operations.filter(isMap)) {
    const path = segmentsOf(operation.path);
    switch (operation.op) {
      case 'add':
        add(document, path, operation.value);
        break;
      case 'remove':
        remove(document, path);
        break;
      case 'replace':
        remove(document, path);
        add(document, path, operation.value);
        break;
      case 'move':
        add(document, path, remove(document, segmentsOf(operation.from)));
        break;
      case 'copy':
        add(document, path, copyJson(read(document, segmentsOf(operation.from))));
        break;
      case 'test':
        if (!sameJson(read(document, path), operation.value)) {
          throw refused(`testing value ${String(operation.path)} failed`);
        }
        break;
      default:
        throw badRequest(`json patch: unknown operation ${JSON.stringify(operation.op)}`);
    }
  }
  return document;
}
