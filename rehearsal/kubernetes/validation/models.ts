/**
 * Required fields, enumerations and formats, checked with the validators that the kubernetes-models package generates from
 * the published OpenAPI documents.
 */
import { badRequest, type StatusCause } from '../api-error.ts';
import type { KubeObject } from '../ports.ts';
import { isCustom, resourceOfKind, resourceTypes } from '../resources.ts';
import { invalidValue, notSupported, required } from './causes.ts';

interface ModelError {
  instancePath: string;
  keyword: string;
  params: Record<string, unknown>;
}

type Validate = ((data: unknown) => boolean) & { errors?: ModelError[] | null };

/** Validators by kind. */
export type Models = ReadonlyMap<string, Validate>;

const folders: Record<string, string> = { '': 'Core' };

/** `IoK8sApiAppsV1Deployment`: the module of a kind's validator. */
function moduleOf(group: string, version: string, kind: string): string {
  const folder = folders[group] ?? group.split('.')[0] ?? '';
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return `kubernetes-models/_schemas/IoK8sApi${capital(folder)}${capital(version)}${kind}`;
}

/** Loads the validators of all served kinds but custom resources, which have none. */
export async function loadModels(): Promise<Models> {
  const entries = resourceTypes
    .filter((type) => !isCustom(type))
    .map(async ({ group, version, kind }): Promise<[string, Validate]> => {
      const module = (await import(moduleOf(group, version, kind))) as { validate: Validate };
      return [kind, module.validate];
    });
  return new Map(await Promise.all(entries));
}

/** What the validator of the object's kind says; throws 400 for quantities and bytes that can't be read. */
export function checkModel(models: Models, object: KubeObject): StatusCause[] {
  const validate = models.get(object.kind);
  if (validate === undefined) {
    return [];
  }
  if (validate(object)) {
    return [];
  }
  const errors = validate.errors ?? [];
  const unreadable = errors.map(unreadableText).find((text) => text !== undefined);
  if (unreadable !== undefined) {
    const version = resourceOfKind(object.kind).version;
    throw badRequest(`${object.kind} in version "${version}" cannot be handled as a ${object.kind}: ${unreadable}`);
  }
  return errors.map((error) => causeOf(error, object));
}

/** Formats that a real server reads while decoding, so that a wrong one is a 400. */
function unreadableText({ keyword, params }: ModelError): string | undefined {
  if (keyword !== 'format') {
    return undefined;
  }
  const texts: Record<string, string> = {
    quantity: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    byte: 'illegal base64 data',
  };
  return texts[String(params.format)];
}

function causeOf({ instancePath, keyword, params }: ModelError, object: KubeObject): StatusCause {
  const segments = instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  const field = segments
    .map((segment) => (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`))
    .join('')
    .slice(1);
  const value = segments.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
  if (keyword === 'required') {
    return required(field === '' ? String(params.missingProperty) : `${field}.${String(params.missingProperty)}`);
  }
  if (keyword === 'enum') {
    return notSupported(field, value, (params.allowedValues as unknown[]).map(String));
  }
  return invalidValue(field, value, `must be of ${keyword} ${String(Object.values(params)[0] ?? '')}`.trim());
}
