/** Reading a request's object as its kind: types that don't fit, and fields that the kind doesn't have. */

import { badRequest } from '../api-error.ts';
import { copyJson } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import { apiVersionOf, type ResourceType } from '../resources.ts';
import { checkTyped, decodingMessage } from '../typed/check.ts';
import { entryType, isMap, type TypeRef, typeOf, typeOfKind } from '../typed/schema.ts';

/** What a server does about unknown fields (the `fieldValidation` parameter). */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads the parameter; a server's own default is Warn. */
export function fieldValidationOf(parameter: string | null): FieldValidation {
  if (parameter === null || parameter === '' || parameter === 'Warn') {
    return 'Warn';
  }
  if (parameter === 'Strict' || parameter === 'Ignore') {
    return parameter;
  }
  throw badRequest(`fieldValidation: Unsupported value: "${parameter}": supported values: "Ignore", "Strict", "Warn"`);
}

/** The object without unknown fields, and a warning for each; throws 400 as a real decoder would. */
export function decodeObject(
  type: ResourceType,
  body: unknown,
  validation: FieldValidation,
): { object: KubeObject; warnings: string[] } {
  if (!isMap(body)) {
    throw badRequest('the object provided is unrecognized (must be of type Object)');
  }
  if (body.kind !== type.kind || body.apiVersion !== apiVersionOf(type)) {
    const given = `${String(body.apiVersion)}, Kind=${String(body.kind)}`;
    throw badRequest(
      `the object provided (${given}) does not match the expected type (${apiVersionOf(type)}, Kind=${type.kind})`,
    );
  }
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  const findings = checkTyped(typeOfKind(type.kind), body);
  const mistyped = findings.find((finding) => finding.problem === 'type');
  if (mistyped !== undefined) {
    throw badRequest(`${cannot}: ${decodingMessage(mistyped)}`);
  }
  const unknown = findings
    .filter((finding) => finding.problem === 'unknown')
    .map((finding) => decodingMessage(finding) ?? '');
  if (unknown.length > 0 && validation === 'Strict') {
    throw badRequest(`${cannot}: strict decoding error: ${unknown.join(', ')}`);
  }
  const object = known(typeOfKind(type.kind), body) as KubeObject;
  return { object, warnings: validation === 'Warn' ? unknown : [] };
}

/** A copy without nulls and without fields that the type doesn't have. */
function known(reference: TypeRef, value: unknown): unknown {
  const type = typeOf(reference);
  if (type.is === 'list' && Array.isArray(value)) {
    return value.map((item) => known(type.of, item));
  }
  if (!isMap(value) || type.is === 'any') {
    return copyJson(value);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const below = entryType(type, key);
    if (below !== undefined && entry !== null) {
      copy[key] = known(below, entry);
    }
  }
  return copy;
}
