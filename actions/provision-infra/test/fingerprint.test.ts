import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-format';
import { type Binding, type FingerprintContext, fingerprint, type PlanMakers } from '../src/fingerprint.ts';
import { planOf, plans, resource } from './plans.ts';

const binding: Binding = {
  repository: 'example/moodle',
  commit: 'c0ffee',
  workflow: 'example/moodle/.github/workflows/deploy.yml@refs/heads/main',
  environment: 'production',
  root: 'infra',
  run: '42',
  state: 'abc',
};
const makers: PlanMakers = {
  product: 'terraform',
  version: '1.11.4',
  providers: { 'registry.terraform.io/hashicorp/azurerm': '5.0.0' },
  lockFile: 'def',
  options: [],
  refreshOnly: false,
};
const context: FingerprintContext = { key: new Uint8Array(32).fill(7), binding, makers };
const of = (plan: PlanJson, more: Partial<FingerprintContext> = {}): string =>
  fingerprint(plan, { ...context, ...more });

/** The same value with the keys of all objects the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

/** The plan with its first change changed. */
function withFirst(plan: PlanJson, edit: (first: ResourceChange) => ResourceChange): PlanJson {
  const [first, ...rest] = plan.resource_changes;
  return first === undefined ? plan : { ...plan, resource_changes: [edit(first), ...rest] };
}

describe('is the same', () => {
  test('in whatever order changes and keys come', () => {
    fc.assert(
      fc.property(plans, fc.func(fc.integer()), (plan, order) => {
        const shuffled = [...plan.resource_changes].sort((a, b) => order(a.address) - order(b.address));
        expect(of(reversed({ ...plan, resource_changes: shuffled }) as PlanJson)).toBe(of(plan));
      }),
    );
  });

  test('whatever stays as it is', () => {
    fc.assert(
      fc.property(plans, fc.dictionary(fc.string(), fc.jsonValue()), (plan, noise) => {
        const still = resource('still', { actions: ['no-op'], before: noise, after: noise, after_unknown: {} });
        const more = { timestamp: noise, format_version: '1.9', relevant_attributes: [{ resource: 'x' }] };
        const drift = [resource('drifted', { actions: ['update'], before: { a: 1 }, after: noise })];
        const noisy = { ...plan, ...more, resource_drift: drift, resource_changes: [still, ...plan.resource_changes] };
        expect(of(noisy as PlanJson)).toBe(of(plan));
      }),
    );
  });

  test('when an attribute drifts that an update neither reads nor sets, or whose new value is not known anyway', () => {
    const update = (state: string, etag: string) =>
      planOf([
        resource('a', {
          actions: ['update'],
          before: { size: 1, state, etag },
          after: { size: 2, state },
          after_unknown: { etag: true },
        }),
      ]);
    expect(of(update('busy', 'e2'))).toBe(of(update('ready', 'e1')));
  });

  test('when what is deleted or replaced has drifted, or another identity reads less of it', () => {
    const gone = (before: object, after: object | null) =>
      planOf([resource('a', { actions: after === null ? ['delete'] : ['delete', 'create'], before, after })]);
    const was = { id: '/a', size: 1, primary_access_key: 'secret', state: 'ready' };
    const seen = { id: '/a', size: 1, primary_access_key: null, state: 'ready' };
    expect(of(gone(seen, null))).toBe(of(gone(was, null)));
    expect(of(gone({ ...was, id: '/b' }, null))).not.toBe(of(gone(was, null)));
    expect(of(gone({ ...was, id: '/b' }, { size: 2 }))).not.toBe(of(gone(was, { size: 2 })));
    expect(of(gone({ ...was, size: 3 }, { size: 2 }))).not.toBe(of(gone(was, { size: 2 })));
  });

  test('however Terraform explains it, and whatever is marked as sensitive', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const marked = withFirst(plan, (first) => ({
          ...first,
          action_reason: 'replace_by_request',
          change: { ...first.change, before_sensitive: false, after_sensitive: { name: true } },
        }));
        expect(of(marked)).toBe(of(plan));
      }),
    );
  });
});

describe('is another', () => {
  const differs = (edit: (plan: PlanJson) => PlanJson): void =>
    fc.assert(fc.property(plans, (plan) => expect(of(edit(plan))).not.toBe(of(plan))));
  const differsInFirst = (edit: (first: ResourceChange) => ResourceChange): void =>
    differs((plan) => withFirst(plan, edit));

  test('for one more change, and for one less', () => {
    differs((plan) => ({
      ...plan,
      resource_changes: [...plan.resource_changes, resource('z', { actions: ['create'], after: {} })],
    }));
    differs((plan) => ({ ...plan, resource_changes: plan.resource_changes.slice(1) }));
  });

  test('for another address, action, provider, type, previous address, import, path of replacement', () => {
    differsInFirst((first) => ({ ...first, address: `${first.address}2` }));
    differsInFirst((first) => ({ ...first, change: { ...first.change, actions: ['forget'] } }));
    differsInFirst((first) => ({ ...first, provider_name: 'other' }));
    differsInFirst((first) => ({ ...first, type: 'other' }));
    differsInFirst((first) => ({ ...first, previous_address: 'azurerm_thing.old' }));
    differsInFirst((first) => ({ ...first, deposed: '1234abcd' }));
    differsInFirst((first) => ({ ...first, change: { ...first.change, importing: { id: '/x' } } }));
    differsInFirst((first) => ({ ...first, change: { ...first.change, replace_paths: [['size'], ['name']] } }));
  });

  test('for the order of a replacement', () => {
    const replace = (...actions: string[]) => planOf([resource('a', { actions, before: { a: 1 }, after: { a: 2 } })]);
    expect(of(replace('delete', 'create'))).not.toBe(of(replace('create', 'delete')));
  });

  test('for any value at any depth, sensitive or not, known or not', () => {
    const secret = (text: string) => ({ list: [{ password: text }] });
    fc.assert(
      fc.property(plans, fc.string(), fc.string(), (plan, one, other) => {
        fc.pre(one !== other);
        const set = (text: string) =>
          withFirst(plan, (first) => ({
            ...first,
            change: {
              ...first.change,
              actions: ['create'],
              after: secret(text),
              after_sensitive: { list: [{ password: true }] },
            },
          }));
        expect(of(set(one))).not.toBe(of(set(other)));
      }),
    );
    differsInFirst((first) => ({
      ...first,
      change: { ...first.change, after_unknown: { deep: [false, { x: true }] } },
    }));
  });

  test('for the order of a list, and for what an update starts from', () => {
    const list = (...items: number[]) => planOf([resource('a', { actions: ['create'], after: { items } })]);
    expect(of(list(1, 2))).not.toBe(of(list(2, 1)));
    const from = (was: number) =>
      planOf([resource('a', { actions: ['update'], before: { size: was }, after: { size: 9 } })]);
    expect(of(from(1))).not.toBe(of(from(2)));
  });

  test('for an output, an action of a provider, a change that is put off', () => {
    differs((plan) => ({ ...plan, output_changes: { x: { actions: ['create'], after: 'a', after_sensitive: true } } }));
    const output = (after: string) =>
      planOf([], { output_changes: { x: { actions: ['update'], before: 'a', after } } });
    expect(of(output('b'))).not.toBe(of(output('c')));
    differs((plan) => ({ ...plan, action_invocations: [{ address: 'action.x.y' }] }));
    differs((plan) => ({
      ...plan,
      deferred_changes: [{ reason: 'x', resource_change: resource('d', { actions: ['create'] }) }],
    }));
  });

  test('for the names of variables, and not for their values', () => {
    const plan = planOf([], { variables: { a: { value: 1 } } });
    expect(of({ ...plan, variables: { a: { value: 1 }, b: { value: 1 } } })).not.toBe(of(plan));
    expect(of({ ...plan, variables: { a: { value: 2 } } })).toBe(of(plan));
  });

  test('for everything that it is bound to, all that made it, and the key', () => {
    const plan = planOf([]);
    for (const part of Object.keys(binding))
      expect(of(plan, { binding: { ...binding, [part]: 'other' } })).not.toBe(of(plan));
    const others: PlanMakers[] = [
      { ...makers, product: 'tofu' },
      { ...makers, version: '1.12.0' },
      { ...makers, providers: { 'registry.terraform.io/hashicorp/azurerm': '5.0.1' } },
      { ...makers, lockFile: 'x' },
      { ...makers, options: ['target=a.b'] },
      { ...makers, refreshOnly: true },
    ];
    for (const other of others) expect(of(plan, { makers: other })).not.toBe(of(plan));
    expect(of({ ...plan, terraform_version: '1.12.0' })).not.toBe(of(plan));
    expect(of(plan, { key: new Uint8Array(32).fill(8) })).not.toBe(of(plan));
    expect(of(plan, { makers: { ...makers, options: ['b', 'a'] } })).toBe(
      of(plan, { makers: { ...makers, options: ['a', 'b'] } }),
    );
  });

  test('for drift, where that is what is applied', () => {
    const drifted = (after: number) =>
      planOf([], { resource_drift: [resource('a', { actions: ['update'], before: { a: 1 }, after: { a: after } })] });
    const refreshOnly = { makers: { ...makers, refreshOnly: true } };
    expect(of(drifted(2), refreshOnly)).not.toBe(of(drifted(3), refreshOnly));
    expect(of(drifted(2))).toBe(of(drifted(3)));
  });

  test('for keys that objects of JavaScript treat in a way of their own', () => {
    const with_ = (text: string) => planOf([resource('a', { actions: ['create'], after: JSON.parse(text) })]);
    expect(of(with_('{"b": 1, "__proto__": 1}'))).not.toBe(of(with_('{"b": 1, "__proto__": 2}')));
    expect(of(with_('{"b": 1, "10": 1, "9": 2}'))).toBe(of(with_('{"9": 2, "10": 1, "b": 1}')));
  });
});
