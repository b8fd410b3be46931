import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PlanJson, parsePlan, type ResourceChange } from '#toolkit/terraform/plan-json';
import { changesOf, countChanges, stepsOf } from '../src/plan-model.ts';

type Part = Partial<Omit<ResourceChange, 'change'>> & { change: Partial<ResourceChange['change']> };

function plan(...resources: Part[]): PlanJson {
  return parsePlan(
    JSON.stringify({
      format_version: '1.2',
      resource_changes: resources.map((resource, index) => ({
        address: `x.r${index}`,
        mode: 'managed',
        type: 'x',
        ...resource,
        change: { actions: ['no-op'], ...resource.change },
      })),
    }),
  );
}

const single = (resource: Part) => changesOf(plan(resource))[0];

describe('actions', () => {
  test.each([
    [['create'], 'create'],
    [['update'], 'update'],
    [['delete'], 'delete'],
    [['delete', 'create'], 'replace'],
    [['create', 'delete'], 'replace'],
    [['forget'], 'forget'],
    [['invented-later'], 'update'],
  ])('%j is %s', (actions, action) => {
    expect(single({ change: { actions } })?.action).toBe(action);
  });

  test('an import and a move are changes though nothing is done to the resource', () => {
    expect(single({ change: { importing: { id: 'x' } } })).toMatchObject({ action: 'import', reason: 'imported' });
    expect(single({ previous_address: 'x.old', change: {} })).toMatchObject({ action: 'move', reason: 'was x.old' });
  });

  test('nothing to do and reads of data sources are no changes', () => {
    expect(changesOf(plan({ change: {} }, { mode: 'data', change: { actions: ['read'] } }))).toEqual([]);
  });
});

describe('reasons', () => {
  test('name what differs or is not known yet, at any depth', () => {
    const change = {
      actions: ['update'],
      before: { same: 1, tags: { a: 1 }, gone: 1, deep: [{ x: 1 }] },
      after: { same: 1, tags: { a: 2 }, deep: [{}] },
      after_unknown: { id: true, deep: [{ x: true }], same: false },
    };
    expect(single({ change })?.reason).toBe('deep, gone, id, tags');
  });

  test('are short', () => {
    const after = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a${index}`, index]));
    expect(single({ change: { actions: ['update'], before: {}, after } })?.reason).toMatch(/ and 14 more$/);
  });

  test('of a replacement: the attributes that force it', () => {
    const change = { actions: ['delete', 'create'], replace_paths: [['zone'], ['name', 0], ['zone']] };
    const reason = single({ action_reason: 'replace_because_cannot_update', change })?.reason;
    expect(reason).toBe('name, zone cannot be changed in place');
  });

  test.each([
    ['replace_because_tainted', 'was not created completely the last time'],
    ['delete_because_each_key', 'no longer in for_each'],
    ['invented_later', ''],
  ])('of terraform: %s', (action_reason, reason) => {
    expect(single({ action_reason, change: { actions: ['delete'] } })?.reason).toBe(reason);
  });

  test('never hold a value', () => {
    const secret = fc.stringMatching(/^SECRET[a-z0-9]{8}$/);
    fc.assert(
      fc.property(
        secret,
        secret,
        fc.constantFrom<string[]>(['create'], ['update'], ['delete', 'create']),
        (old, next, actions) => {
          const resource = { change: { actions, before: { a: old, b: [old] }, after: { a: next, b: { c: next } } } };
          expect(JSON.stringify(changesOf(plan(resource)))).not.toContain('SECRET');
        },
      ),
    );
  });
});

test('what loses something comes first, then by address, whatever the order of the plan', () => {
  const kinds = [['create'], ['update'], ['delete'], ['delete', 'create'], ['forget']];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), fc.constantFrom(...kinds)), { maxLength: 20 }),
      (rows) => {
        const resources = rows.map(([address, actions]) => ({ address, change: { actions } }));
        const changes = changesOf(plan(...resources));
        expect(changes).toHaveLength(rows.length);
        const order = ['replace', 'delete', 'forget', 'update', 'create'];
        const ranks = changes.map(({ action }) => order.indexOf(action));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        expect(changesOf(plan(...resources.reverse()))).toEqual(changes);
        const counts = countChanges(changes);
        const forgotten = changes.filter(({ action }) => action === 'forget').length;
        expect(counts.create + counts.update + counts.replace + counts.destroy + forgotten).toBe(rows.length);
      },
    ),
  );
});

test('a plan that terraform calls a change always has a step', () => {
  const empty = plan();
  expect(stepsOf(empty, [])).toEqual([{ action: 'update', target: 'state', reason: 'data sources are read again' }]);
  const outputs = {
    ...empty,
    output_changes: { b: { actions: ['update'] }, a: { actions: ['create'] }, c: { actions: ['no-op'] } },
  };
  expect(stepsOf(outputs, [])).toEqual([{ action: 'update', target: 'outputs', reason: 'a, b' }]);
});
