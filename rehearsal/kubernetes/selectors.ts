/** Label and field selectors of list and watch requests. */
import { badRequest } from './api-error.ts';
import type { KubeObject } from './ports.ts';
import type { ResourceType } from './resources.ts';
import { isMap } from './typed/schema.ts';

/** Whether an object is selected. */
export type Selector = (object: KubeObject) => boolean;

const requirement =
  /^\s*(?:(!)\s*([^\s!=,()]+)|([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)|([^\s!=,()]+)\s*(=|==|!=)\s*([^\s!=,()]*)|([^\s!=,()]+))\s*(,|$)/;

/** Parses `app=redis,tier in (a,b),!old`; throws 400. */
export function labelSelector(text: string | null): Selector {
  const tests: ((labels: Record<string, string>) => boolean)[] = [];
  let rest = text ?? '';
  while (rest.trim() !== '') {
    const match = requirement.exec(rest);
    if (match === null) {
      throw badRequest(`unable to parse requirement: found '${rest}', expected: a label selector`);
    }
    const [whole, not, absent, setKey, set, values, key, operator, value = '', present] = match;
    rest = rest.slice(whole.length);
    const options = (values ?? '').split(',').map((option) => option.trim());
    if (not !== undefined && absent !== undefined) {
      tests.push((labels) => labels[absent] === undefined);
    } else if (setKey !== undefined) {
      const wanted = set === 'in';
      tests.push((labels) => {
        const label = labels[setKey];
        return label === undefined ? !wanted : options.includes(label) === wanted;
      });
    } else if (key !== undefined) {
      tests.push((labels) => (labels[key] === value) === (operator !== '!='));
    } else if (present !== undefined) {
      tests.push((labels) => labels[present] !== undefined);
    }
  }
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

const selectable: Record<string, readonly string[]> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'reason',
    'type',
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
};

function fieldOf(object: KubeObject, path: string): string {
  const value = path.split('.').reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), object);
  return value === undefined ? '' : String(value);
}

/** Parses `metadata.name=x,status.phase!=Running`; throws 400 for a field that can't be selected by. */
export function fieldSelector(type: ResourceType, text: string | null): Selector {
  const known = ['metadata.name', ...(type.namespaced ? ['metadata.namespace'] : []), ...(selectable[type.kind] ?? [])];
  const tests = (text ?? '').split(',').flatMap((term) => {
    if (term.trim() === '') {
      return [];
    }
    const match = /^\s*([\w.]+)\s*(=|==|!=)\s*(.*?)\s*$/.exec(term);
    const [, field = '', operator, value] = match ?? [];
    if (match === null) {
      throw badRequest(`invalid field selector: "${term}"; can't understand '${term}'`);
    }
    if (!known.includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return [(object: KubeObject) => (fieldOf(object, field) === value) === (operator !== '!=')];
  });
  return (object) => tests.every((test) => test(object));
}

/** Both selectors of a request. */
export function requestSelector(type: ResourceType, query: URLSearchParams): Selector {
  const labels = labelSelector(query.get('labelSelector'));
  const fields = fieldSelector(type, query.get('fieldSelector'));
  return (object) => labels(object) && fields(object);
}
