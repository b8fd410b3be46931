import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-format';
import { refines, strayChanges } from '../src/continuation.ts';
import { attributes, planOf, resource } from './plans.ts';

const strays = (
  reviewed: PlanJson,
  now: PlanJson,
  values: 'equal' | 'any' = 'equal',
  adopted: string[] = [],
): string[] => strayChanges(reviewed, now, { values, adopted: new Set(adopted) });

/** A resource of the model: each knows the id of the one before it, once that is made. */
interface Planned {
  action: 'create' | 'update' | 'delete' | 'replace';
  values: Record<string, unknown>;
  /** What becomes of it before the run is cut off. */
  fate: 'untouched' | 'done' | 'unfinished';
}

const model = fc.array(
  fc.record<Planned>({
    action: fc.constantFrom('create', 'update', 'delete', 'replace'),
    values: attributes,
    fate: fc.constantFrom('untouched', 'done', 'unfinished'),
  }),
  { minLength: 1, maxLength: 6 },
);

const ACTIONS = { create: ['create'], update: ['update'], delete: ['delete'], replace: ['delete', 'create'] };

/** The plan at the review: every id of what is made is unknown, and so is every reference to one. */
function reviewedPlan(resources: readonly Planned[]): PlanJson {
  return planOf(
    resources.map(({ action, values }, index) => {
      const parentIsMade = index > 0 && ['create', 'replace'].includes(resources[index - 1]?.action ?? '');
      const parent = parentIsMade ? {} : { parent: 'known' };
      const unknown = parentIsMade ? { parent: true } : {};
      const before = action === 'create' ? null : { ...values, id: `old-${index}`, parent: 'was', size: 1 };
      const made = action === 'create' || action === 'replace';
      return resource(`r${index}`, {
        actions: ACTIONS[action],
        before,
        after: action === 'delete' ? null : { ...values, ...parent, ...(made ? {} : { id: `old-${index}` }), size: 2 },
        after_unknown: { ...unknown, ...(made ? { id: true } : {}) },
      });
    }),
  );
}

/** The plan after the cut: what is done stays as it is, what is unfinished is made again, references to what is made are known. */
function planAfter(resources: readonly Planned[]): PlanJson {
  const reviewed = reviewedPlan(resources).resource_changes;
  const changes = reviewed.flatMap((planned, index): ResourceChange[] => {
    const { action = 'create', fate = 'done' } = resources[index] ?? {};
    const parent = resources[index - 1];
    const references = planned.change.after_unknown as { parent?: true };
    const isKnown = references.parent === undefined || parent?.fate === 'done';
    const after = {
      ...(planned.change.after as object),
      ...(isKnown && references.parent ? { parent: `new-${index - 1}` } : {}),
    };
    const unknown = isKnown ? {} : { parent: true };
    const whole = { ...after, id: `new-${index}` };
    if (fate === 'done') {
      if (action === 'delete') return [];
      return [resource(`r${index}`, { actions: ['no-op'], before: whole, after: whole, after_unknown: {} })];
    }
    if (fate === 'unfinished' && (action === 'create' || action === 'replace')) {
      const change = { actions: ['delete', 'create'], before: whole, after, after_unknown: { ...unknown, id: true } };
      return [resource(`r${index}`, change, { action_reason: 'replace_because_tainted' })];
    }
    if (action === 'delete') return [planned];
    const made = action === 'create' || action === 'replace';
    return [
      resource(`r${index}`, {
        ...planned.change,
        after,
        after_unknown: { ...unknown, ...(made ? { id: true } : {}) },
      }),
    ];
  });
  return planOf(changes);
}

describe('a plan that was partly applied', () => {
  test('is continued, wherever the run was cut off', () => {
    fc.assert(
      fc.property(model, (resources) => {
        expect(strays(reviewedPlan(resources), planAfter(resources))).toEqual([]);
        expect(strays(reviewedPlan(resources), planAfter(resources), 'any')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  /** Edits one change of what is left, and expects that very change to be a stray. */
  const planted = (
    applies: (change: ResourceChange, planned: Planned) => boolean,
    edit: (change: ResourceChange) => ResourceChange,
  ): void => {
    let tried = 0;
    fc.assert(
      fc.property(model, fc.nat(5), (resources, index) => {
        const left = planAfter(resources);
        const target = left.resource_changes.find(({ address }) => address === `azurerm_thing.r${index}`);
        const planned = resources[index];
        if (target === undefined || planned === undefined || !applies(target, planned)) return;
        tried += 1;
        const changes = left.resource_changes.map((change) => (change === target ? edit(change) : change));
        expect(strays(reviewedPlan(resources), planOf(changes))).toContain(target.address);
      }),
      { numRuns: 500 },
    );
    expect(tried).toBeGreaterThan(10);
  };
  const isLeft = ({ change }: ResourceChange): boolean => !change.actions.includes('no-op');
  const sets = (change: ResourceChange): boolean => isLeft(change) && change.change.after !== null;

  test('is not, when a value is another', () => {
    planted(sets, (change) => ({
      ...change,
      change: { ...change.change, after: { ...(change.change.after as object), size: 3 } },
    }));
  });

  test('is not, when a value that was known is not any more', () => {
    planted(sets, (change) => ({
      ...change,
      change: { ...change.change, after_unknown: { ...(change.change.after_unknown as object), size: true } },
    }));
  });

  test('is not, when one attribute more is changed', () => {
    planted(sets, (change) => ({
      ...change,
      change: { ...change.change, after: { ...(change.change.after as object), another: 'value' } },
    }));
  });

  test('is not, when something is deleted that was to be made or changed', () => {
    planted(
      (change, { action }) => isLeft(change) && (action === 'create' || action === 'update'),
      (change) => ({ ...change, change: { actions: ['delete'], before: {}, after: null } }),
    );
  });

  test('is not, when an update would become a replacement, for whatever reason', () => {
    for (const action_reason of ['replace_because_cannot_update', 'replace_because_tainted', undefined])
      planted(
        (change, { action }) => isLeft(change) && action === 'update',
        ({ action_reason: _, ...change }) => ({
          ...change,
          ...(action_reason === undefined ? {} : { action_reason }),
          change: { ...change.change, actions: ['delete', 'create'] },
        }),
      );
  });

  test('is not, when a replacement is made again that is not unfinished', () => {
    planted(
      (change, { action, fate }) => action === 'create' && fate === 'unfinished' && isLeft(change),
      (change) => ({ ...change, action_reason: 'replace_because_cannot_update' }),
    );
  });

  test('is not, when it is another kind of thing, moved, or imported', () => {
    planted(isLeft, (change) => ({ ...change, type: 'azurerm_other' }));
    planted(isLeft, (change) => ({ ...change, provider_name: 'other' }));
    planted(isLeft, (change) => ({ ...change, previous_address: 'azurerm_thing.elsewhere' }));
    planted(isLeft, (change) => ({ ...change, change: { ...change.change, importing: { id: '/x' } } }));
  });

  test('is not, when what is no longer planned is not there', () => {
    fc.assert(
      fc.property(model, (resources) => {
        const index = resources.findIndex(({ action, fate }) => fate === 'done' && action !== 'delete');
        fc.pre(index >= 0);
        const left = planAfter(resources);
        const address = `azurerm_thing.r${index}`;
        const without = planOf(left.resource_changes.filter((change) => change.address !== address));
        expect(strays(reviewedPlan(resources), without)).toEqual([address]);
      }),
    );
  });

  test('is not, when there is one change more, in any way of comparing', () => {
    fc.assert(
      fc.property(model, fc.constantFrom('equal' as const, 'any' as const), (resources, values) => {
        const left = planAfter(resources);
        const more = resource('more', { actions: ['create'], before: null, after: {} });
        const now = planOf([...left.resource_changes, more]);
        expect(strays(reviewedPlan(resources), now, values)).toEqual(['azurerm_thing.more']);
      }),
    );
  });
});

describe('an update', () => {
  const update = (before: object, after: object, unknown = {}) =>
    planOf([resource('a', { actions: ['update'], before, after, after_unknown: unknown })]);

  test('may have been done in part', () => {
    const reviewed = update({ x: 1, y: 1, z: 0 }, { x: 2, y: 2, z: 0 });
    expect(strays(reviewed, update({ x: 2, y: 1, z: 0 }, { x: 2, y: 2, z: 0 }))).toEqual([]);
  });

  test('must still start from what it started from', () => {
    expect(strays(update({ x: 1 }, { x: 2 }), update({ x: 7 }, { x: 2 }))).toEqual(['azurerm_thing.a']);
  });

  test('may set what was not known', () => {
    const reviewed = update({ x: 1, y: 1 }, { x: 2 }, { y: true });
    expect(strays(reviewed, update({ x: 2, y: 1 }, { x: 2, y: 9 }))).toEqual([]);
  });

  test('is not the rest of a creation: somebody else made it', () => {
    const create = planOf([resource('a', { actions: ['create'], before: null, after: { x: 2, y: 3 } })]);
    expect(strays(create, update({ x: 1, y: 3 }, { x: 2, y: 3 }))).toEqual(['azurerm_thing.a']);
  });
});

describe('a replacement', () => {
  const before = { x: 1 };
  const after = { x: 2 };
  const replace = (...actions: string[]) => planOf([resource('a', { actions, before, after })]);

  test('that deletes first and was cut off in between is only to be created', () => {
    expect(
      strays(replace('delete', 'create'), planOf([resource('a', { actions: ['create'], before: null, after })])),
    ).toEqual([]);
  });

  test('that creates first and was cut off in between leaves the old object to be deleted', () => {
    const left = [
      resource('a', { actions: ['no-op'], before: after, after }),
      resource('a', { actions: ['delete'], before, after: null }, { deposed: '00c0ffee' }),
    ];
    expect(strays(replace('create', 'delete'), planOf(left))).toEqual([]);
    const create = planOf([resource('a', { actions: ['create'], before: null, after })]);
    expect(strays(create, planOf(left))).toEqual(['azurerm_thing.a (deposed 00c0ffee)']);
  });
});

describe('what lies around the changes', () => {
  const create = planOf([resource('a', { actions: ['create'], before: null, after: { x: 1 } })]);

  test('data sources are read late or not, and change nothing', () => {
    const read = resource('d', { actions: ['read'], before: null, after: {} }, { mode: 'data', address: 'data.x.d' });
    expect(strays(create, planOf([...create.resource_changes, read]))).toEqual([]);
    expect(strays(planOf([...create.resource_changes, read]), create)).toEqual([]);
  });

  test('outputs may become what they were to become, or what was not known', () => {
    const output = (after: unknown, after_unknown?: unknown, actions = ['create']) =>
      planOf([], { output_changes: { x: { actions, before: null, after, after_unknown } } });
    expect(strays(output(undefined, true), output('a'))).toEqual([]);
    expect(strays(output('a'), output('a', undefined, ['update']))).toEqual([]);
    expect(strays(output('a'), output('b'))).toEqual(['output.x']);
    expect(strays(planOf([]), output('a'))).toEqual(['output.x']);
    expect(strays(output('a'), output('b'), 'any')).toEqual([]);
  });

  test('actions of providers must be the reviewed ones', () => {
    const invoked = (address: string) => planOf([], { action_invocations: [{ address }] });
    expect(strays(invoked('action.a'), invoked('action.a'))).toEqual([]);
    expect(strays(invoked('action.a'), planOf([]))).toEqual([]);
    expect(strays(invoked('action.a'), invoked('action.b'))).toEqual(['action_invocations']);
  });

  test('what a cut-off run has made is imported where that is proven, and nowhere else', () => {
    const imported = (after: object) =>
      planOf([resource('a', { actions: ['update'], before: { x: 0 }, after, importing: { id: '/a' } })]);
    expect(strays(create, imported({ x: 1 }))).toEqual(['azurerm_thing.a']);
    expect(strays(create, imported({ x: 1 }), 'equal', ['azurerm_thing.a'])).toEqual([]);
    expect(strays(create, imported({ x: 5 }), 'equal', ['azurerm_thing.a'])).toEqual(['azurerm_thing.a']);
    const update = planOf([resource('a', { actions: ['update'], before: { x: 0 }, after: { x: 1 } })]);
    expect(strays(update, imported({ x: 1 }), 'equal', ['azurerm_thing.a'])).toEqual(['azurerm_thing.a']);
  });
});

describe('a plan whose shape was reviewed', () => {
  const plan = (actions: string[], after: unknown) => planOf([resource('a', { actions, before: null, after })]);

  test('may have any values, and no other action', () => {
    expect(strays(plan(['create'], { name: '' }), plan(['create'], { name: 'x', more: [1] }), 'any')).toEqual([]);
    expect(strays(plan(['create'], {}), plan(['delete', 'create'], {}), 'any')).toEqual(['azurerm_thing.a']);
    expect(strays(plan(['update'], {}), plan(['delete'], {}), 'any')).toEqual(['azurerm_thing.a']);
  });
});

describe('a value', () => {
  test('is a reviewed one when it is the same; null and absent are one', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(refines(value, undefined, value, undefined)).toBe(true)));
    expect(refines(undefined, undefined, null, undefined)).toBe(true);
    expect(refines({ a: 1 }, undefined, { a: 2 }, undefined)).toBe(false);
  });

  test('inside a list may become known, and a set may then be in another order', () => {
    const reviewed = [{ n: 'a' }, { n: 'b', id: 'x' }];
    const unknown = { 0: { id: true } };
    expect(
      refines(
        reviewed,
        unknown,
        [
          { n: 'a', id: 'z' },
          { n: 'b', id: 'x' },
        ],
        undefined,
      ),
    ).toBe(true);
    expect(
      refines(
        reviewed,
        unknown,
        [
          { n: 'b', id: 'x' },
          { n: 'a', id: 'z' },
        ],
        undefined,
      ),
    ).toBe(true);
    expect(
      refines(
        reviewed,
        unknown,
        [
          { n: 'b', id: 'y' },
          { n: 'a', id: 'z' },
        ],
        undefined,
      ),
    ).toBe(false);
    expect(refines(reviewed, unknown, [{ n: 'a', id: 'z' }, { n: 'b', id: 'x' }, { n: 'c' }], undefined)).toBe(false);
  });
});
