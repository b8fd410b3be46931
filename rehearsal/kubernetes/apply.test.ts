import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from './api-error.ts';
import { applyConfiguration } from './apply.ts';
import { applyDefaults } from './defaults.ts';
import { readManagedFields } from './managed-fields.ts';
import { recordUpdate } from './ownership.ts';
import type { KubeObject } from './ports.ts';
import { configMap, deployment, type Manifest } from './testing/manifests.ts';
import { printPath } from './typed/field-set.ts';

const time = '2026-11-24T06:00:00Z';

function apply(live: KubeObject | undefined, config: Manifest, manager = 'one', force = false): KubeObject {
  const options = { manager, force, time, complete: applyDefaults };
  return applyConfiguration(live, config as unknown as KubeObject, options);
}

const data = (values: Record<string, string>) => configMap('c', values);
const ownedBy = (object: KubeObject, manager: string) =>
  readManagedFields(object)
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => [...entry.fields.paths()].map(printPath));

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const values = fc.dictionary(keys, fc.constantFrom('1', '2'), { maxKeys: 4 });

describe('properties', () => {
  test('applying twice is applying once', () => {
    fc.assert(
      fc.property(values, values, (foreign, own) => {
        const live = apply(apply(undefined, data(foreign), 'other'), data(own), 'one', true);
        expect(apply(live, data(own))).toBe(live);
      }),
    );
  });

  test('two managers together give the union of what they say, the later one winning by force', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const live = apply(apply(undefined, data(first), 'one'), data(second), 'two', true);
        expect(live.data ?? {}).toEqual({ ...first, ...second });
      }),
    );
  });

  test('what a manager says no more goes, unless another says it too', () => {
    fc.assert(
      fc.property(values, values, values, (first, shared, last) => {
        const begun = apply(apply(undefined, data({ ...shared, ...first }), 'one'), data(shared), 'two', true);
        const after = apply(begun, data(last), 'one', true);
        expect(after.data ?? {}).toEqual({ ...shared, ...last });
      }),
    );
  });

  test('without force a conflict arises exactly when a value of another manager would change', () => {
    fc.assert(
      fc.property(values, values, (theirs, ours) => {
        const live = apply(undefined, data(theirs), 'other');
        const clash = Object.keys(ours).filter((key) => theirs[key] !== undefined && theirs[key] !== ours[key]);
        const attempt = () => apply(live, data(ours));
        if (clash.length === 0) {
          expect(attempt().data ?? {}).toEqual({ ...theirs, ...ours });
        } else {
          expect(attempt).toThrow(clash.length === 1 ? '1 conflict: ' : `${clash.length} conflicts: `);
        }
      }),
    );
  });
});

describe('ownership', () => {
  test('an update takes what it changes; the applier conflicts on that and nothing else', () => {
    const live = apply(undefined, data({ a: '1', b: '1' }));
    const next = { ...live, data: { a: '2', b: '1' } };
    const updated = recordUpdate(live, next, { manager: 'editor', time });
    expect(ownedBy(updated, 'editor')).toEqual(['.data.a']);
    expect(ownedBy(updated, 'one')).toEqual(['.data.b']);
    expect(() => apply(updated, data({ a: '1', b: '1' }))).toThrow(
      'Apply failed with 1 conflict: conflict with "editor" using v1 at 2026-11-24T06:00:00Z: .data.a',
    );
  });

  test('the same name updating and applying is two managers', () => {
    const live = apply(undefined, data({ a: '1' }), 'kubectl');
    const updated = recordUpdate(live, { ...live, data: { a: '2' } }, { manager: 'kubectl', time });
    expect(() => apply(updated, data({ a: '1' }), 'kubectl')).toThrow(ApiError);
  });

  test('a field that is removed by an update is owned by nobody', () => {
    const live = apply(undefined, data({ a: '1', b: '1' }));
    const updated = recordUpdate(live, { ...live, data: { b: '1' } }, { manager: 'editor', time });
    expect(ownedBy(updated, 'one')).toEqual(['.data.b']);
    expect(apply(updated, data({ a: '2', b: '1' })).data).toEqual({ a: '2', b: '1' });
  });

  test('defaults belong to nobody when applied, and to the creator otherwise', () => {
    const applied = apply(undefined, deployment('d'));
    expect(ownedBy(applied, 'one')).not.toContain('.spec.progressDeadlineSeconds');
    const posted = deployment('d') as unknown as KubeObject;
    applyDefaults(posted);
    const created = recordUpdate(undefined, posted, { manager: 'creator', time });
    expect(ownedBy(created, 'creator')).toContain('.spec.progressDeadlineSeconds');
  });

  test('a conflict carries a cause for each field', () => {
    const live = apply(undefined, data({ a: '1', b: '1' }), 'other');
    const attempt = () => apply(live, data({ a: '2', b: '2' }));
    expect(attempt).toThrow(ApiError);
    try {
      attempt();
    } catch (error) {
      expect((error as ApiError).toStatus()).toMatchObject({
        code: 409,
        reason: 'Conflict',
        details: { causes: ['.data.a', '.data.b'].map((field) => ({ reason: 'FieldManagerConflict', field })) },
      });
    }
  });

  test('a container leaves with the last manager that names it, and its fields with theirs', () => {
    const sidecar = { name: 'sidecar', image: 'sidecar:1' };
    const both = deployment('d') as { spec: { template: { spec: { containers: unknown[] } } } };
    both.spec.template.spec.containers.push(sidecar);
    const live = apply(undefined, both as unknown as Manifest);
    const left = apply(live, deployment('d'));
    const { spec } = JSON.parse(JSON.stringify(left.spec)).template;
    expect(spec.containers.map(({ name }: { name: string }) => name)).toEqual(['web']);
  });
});
