import { describe, expect, test } from '@jest/globals';
import { explainRefusal, nameManager } from './refusal.ts';

const object = (kind: string) => ({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'moodle' } });

describe('who changed a field', () => {
  test.each([
    ['kubectl-edit', '"kubectl-edit" (somebody with kubectl edit)'],
    ['kubectl', '"kubectl" (somebody with kubectl)'],
    ['kube-controller-manager', '"kube-controller-manager" (a controller of the cluster, such as an autoscaler)'],
    ['kustomize-controller', '"kustomize-controller" (Flux, which will change it again)'],
    ['Helm', '"Helm" (Helm)'],
    ['ours', '"ours"'],
  ])('%s', (manager, words) => {
    expect(nameManager(manager)).toBe(words);
  });
});

describe('a field that cannot change', () => {
  test.each([
    [
      'Deployment',
      'spec.selector: Invalid value: field is immutable',
      'which interrupts its service, and deploy again',
    ],
    [
      'ConfigMap',
      'data: Forbidden: field is immutable when `immutable` is set',
      'delete configmap x), and deploy again',
    ],
    [
      'PersistentVolume',
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
      'or save its data, delete it (kubectl delete persistentvolume x) and deploy again',
    ],
    [
      'StatefulSet',
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
      'or save its data, delete it (kubectl -n moodle delete statefulset x) and deploy again',
    ],
  ])('of a %s is told with what can be done', (kind, message, advice) => {
    expect(explainRefusal(object(kind), `${message}.`)).toContain(advice);
  });

  test('any other refusal is left as it is', () => {
    for (const message of ['spec.replicas: must be positive.', 'User "ci" cannot patch: writes are forbidden.']) {
      expect(explainRefusal(object('Deployment'), message)).toBe(message);
    }
  });
});
