import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { completeBlock, planBlock, replacements, writeOnlyValues } from './plan.ts';
import type { Block } from './schema.ts';
import { Unknown, unknown, type Value, type Values } from './values.ts';

const rule: Block = {
  attributes: {
    name: { type: 'string', required: true },
    port: { type: 'number', optional: true, default: 443 },
    zone: { type: 'string', optional: true, forceNew: true },
    id: { type: 'string', computed: true },
  },
  blocks: {},
};
const block: Block = {
  attributes: {
    id: { type: 'string', optional: true, computed: true },
    name: { type: 'string', required: true, forceNew: true },
    size: { type: 'number', optional: true, computed: true },
    tier: { type: 'string', optional: true, default: 'Standard' },
    password: { type: 'string', optional: true, writeOnly: true },
    password_version: { type: 'number', optional: true },
  },
  blocks: {
    rule: { nesting: 'list', block: rule },
    member: { nesting: 'set', block: rule },
    once: { nesting: 'list', max: 1, forceNew: true, block: { attributes: {}, blocks: {} } },
  },
};
const nothing: Values = {
  id: null,
  name: 'a',
  size: null,
  tier: null,
  password: null,
  password_version: null,
  rule: [],
  member: [],
  once: [],
};
const element = (values: Values): Values => ({ name: 'r', port: null, zone: null, id: null, ...values });
const present: Values = { ...nothing, id: '/a', size: 3, tier: 'Standard' };

describe('plan', () => {
  test('of a new resource: computed is unknown, defaults are there, the rest is null', () => {
    expect(planBlock(block, undefined, nothing)).toEqual({ ...nothing, id: unknown, size: unknown, tier: 'Standard' });
  });

  test('keeps what is configured, known or not', () => {
    const proposed = { ...nothing, name: unknown, size: 5, tier: 'Premium' };
    expect(planBlock(block, undefined, proposed)).toMatchObject({ name: unknown, size: 5, tier: 'Premium' });
  });

  test('of an update decides nothing anew', () => {
    expect(planBlock(block, { ...present, size: null }, { ...present, size: null, tier: null })).toEqual({
      ...present,
      size: null,
    });
  });

  test('never holds a write-only value', () => {
    expect(planBlock(block, undefined, { ...nothing, password: 'secret' }).password).toBeNull();
  });

  test('fills blocks of a list, and of one that was added only the new one', () => {
    const before = { ...present, rule: [element({ id: '/r', port: 443 })] };
    const planned = planBlock(block, before, { ...present, rule: [element({ id: '/r' }), element({ name: 's' })] });
    expect(planned.rule).toEqual([element({ id: '/r', port: 443 }), element({ name: 's', port: 443, id: unknown })]);
  });

  test('recognises a block of a set by what is configured, and keeps what was decided of it', () => {
    const before = {
      ...present,
      member: [element({ id: '/r', port: 443 }), element({ name: 's', id: '/s', port: 1 })],
    };
    const proposed = { ...present, member: [element({ name: 's', port: 2 }), element({})] };
    expect(planBlock(block, before, proposed).member).toEqual([
      element({ name: 's', port: 2, id: unknown }),
      element({ id: '/r', port: 443 }),
    ]);
  });

  test('leaves blocks alone whose number is not known', () => {
    expect(planBlock(block, undefined, { ...nothing, rule: unknown }).rule).toBe(unknown);
  });

  const proposals: fc.Arbitrary<Values> = fc.record({
    id: fc.constant<Value>(null),
    name: fc.oneof(fc.string(), fc.constant(unknown)) as fc.Arbitrary<Value>,
    size: fc.option(fc.integer()) as fc.Arbitrary<Value>,
    tier: fc.option(fc.string()) as fc.Arbitrary<Value>,
    password: fc.constant<Value>(null),
    password_version: fc.option(fc.integer()) as fc.Arbitrary<Value>,
    rule: fc.array(fc.string().map((name) => element({ name }))) as fc.Arbitrary<Value>,
    member: fc
      .uniqueArray(fc.string(), { maxLength: 4 })
      .map((names) => names.map((name) => element({ name }))) as fc.Arbitrary<Value>,
    once: fc.constant<Value>([]),
  });

  test('is the same every time, and after an apply there is nothing to change', () => {
    fc.assert(
      fc.property(proposals, (proposed) => {
        const planned = planBlock(block, undefined, proposed);
        expect(planBlock(block, undefined, proposed)).toEqual(planned);
        const applied = completeBlock(block, planned, (path) => `made ${path}`);
        // Core proposes prior values of computed attributes again, and leaves what is null in the configuration null.
        const again = {
          ...applied,
          tier: proposed.tier ?? null,
          rule: applied.rule ?? [],
          member: proposed.member ?? [],
        };
        expect(planBlock(block, applied, again)).toEqual(applied);
        expect(replacements(block, applied, applied)).toEqual([]);
      }),
    );
  });

  test('nothing is unknown after an apply', () => {
    fc.assert(
      fc.property(proposals, (proposed) => {
        const applied = completeBlock(block, planBlock(block, undefined, proposed), () => 'made');
        const hasUnknown = (value: Value): boolean =>
          value instanceof Unknown ||
          (typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown));
        expect(hasUnknown(applied)).toBe(false);
      }),
    );
  });
});

describe('replacement', () => {
  test.each<[string, Values, Values, unknown]>([
    ['an argument that only a new resource can have', present, { ...present, name: 'b' }, [['name']]],
    ['the same argument, not known yet', present, { ...present, name: unknown }, [['name']]],
    ['any other argument', present, { ...present, tier: 'Premium' }, []],
    [
      'an argument in a block of a list',
      { ...present, rule: [element({})] },
      { ...present, rule: [element({ zone: '1' })] },
      [['rule', 0, 'zone']],
    ],
    [
      'a new block with such an argument',
      present,
      { ...present, rule: [element({ zone: '1' })] },
      [['rule', 0, 'zone']],
    ],
    ['a new block without', present, { ...present, rule: [element({})] }, []],
    [
      'such an argument in a set: the whole set',
      { ...present, member: [element({ zone: '1' })] },
      { ...present, member: [element({ zone: '2' })] },
      [['member']],
    ],
    [
      'the order of a set',
      { ...present, member: [element({ zone: '1' }), element({ zone: '2' })] },
      { ...present, member: [element({ zone: '2' }), element({ zone: '1' })] },
      [],
    ],
    ['the number of such blocks', present, { ...present, once: [{}] }, [['once']]],
  ])('%s', (_, before, after, paths) => expect(replacements(block, before, after)).toEqual(paths));
});

test('a write-only value is sent at creation, and later only with another version', () => {
  const config = { ...nothing, password: 'secret', password_version: 1 };
  const sent = { password: 'secret' };
  expect(writeOnlyValues(block, config, undefined)).toEqual(sent);
  expect(writeOnlyValues(block, config, { ...present, password_version: 1 })).toEqual({});
  expect(writeOnlyValues(block, config, { ...present, password_version: 2 })).toEqual(sent);
  expect(writeOnlyValues(block, nothing, undefined)).toEqual({});
});
