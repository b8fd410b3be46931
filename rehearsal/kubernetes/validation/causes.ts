/** The causes of a 422 as apimachinery's field.Error words them. */
import type { StatusCause } from '../api-error.ts';

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** A field that must be there. */
export function required(field: string, detail = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: `Required value${detail === '' ? '' : `: ${detail}`}`, field };
}

/** A value that can't be. */
export function invalidValue(field: string, value: unknown, detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${shown(value)}: ${detail}`, field };
}

/** A value outside a closed list. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): StatusCause {
  const list = [...supported].sort().map(shown).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${list}`,
    field,
  };
}

/** A value that must be unique and is not. */
export function duplicate(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}`, field };
}

/** A name that refers to nothing. */
export function unresolved(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}`, field };
}

/** A change that is not allowed. */
export function forbiddenField(field: string, detail: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field };
}
