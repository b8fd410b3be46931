/**
 * Typed views of the API objects that the node half reads. The API half has validated every stored object against its
 * schema, so a view is a cast and not a check.
 */
import type { KubeObject } from '../ports.ts';
import type { Condition, LabelSelector, Pod } from './pod-types.ts';

export type * from './pod-types.ts';
export type * from './workload-types.ts';

/** Reads an object as one of the views above. */
export function view<T>(object: KubeObject): T {
  return object as unknown as T;
}

/** A pod's view; the status is never absent. */
export function podOf(object: KubeObject): Pod {
  return view<Pod>(object.status === undefined ? { ...object, status: {} } : object);
}

/** The status of a condition of an object, or undefined when it has none of the type. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the pod counts as ready. */
export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, 'Ready')?.status === 'True';
}

/** Whether the pod has ended for good. */
export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Whether somebody asked for the pod's deletion. */
export function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Whether labels satisfy a selector; an absent selector selects nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean {
  if (selector === undefined) {
    return false;
  }
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
  return equal && (selector.matchExpressions ?? []).every((term) => satisfies(term, labels?.[term.key]));
}

/** Whether one label value (undefined when absent) satisfies a set-based term. */
export function satisfies(term: { operator: string; values?: string[] }, value: string | undefined): boolean {
  switch (term.operator) {
    case 'In':
      return value !== undefined && (term.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(term.values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`The rehearsal nodes do not know the selector operator "${term.operator}".`);
  }
}
