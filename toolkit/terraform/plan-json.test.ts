import { describe, expect, test } from '@jest/globals';
import { parsePlan } from './plan-json.ts';

const parsed = (plan: object) => parsePlan(JSON.stringify({ format_version: '1.2', ...plan }));

test('what a plan leaves out is empty, and an old one is complete', () => {
  expect(parsed({})).toEqual({
    format_version: '1.2',
    resource_changes: [],
    resource_drift: [],
    relevant_attributes: [],
    output_changes: {},
    checks: [],
    planned_values: { outputs: {} },
    variables: {},
    complete: true,
    applyable: true,
    errored: false,
    sensitive_variables: [],
    data_resources: [],
  });
});

test('the state and the configuration are given up but for what tells of secrets', () => {
  const data = { mode: 'data', type: 'd', values: { a: 1 }, sensitive_values: { a: true } };
  const plan = parsed({
    prior_state: {
      values: {
        root_module: {
          resources: [{ mode: 'managed', type: 'm' }],
          child_modules: [{ child_modules: [{ resources: [data] }] }],
        },
      },
    },
    configuration: { root_module: { variables: { open: {}, closed: { sensitive: true } } } },
  });
  expect(plan.data_resources).toEqual([data]);
  expect(plan.sensitive_variables).toEqual(['closed']);
  expect(Object.keys(plan)).not.toContain('prior_state');
});

test('fields and actions of later versions of format 1 pass', () => {
  const change = { actions: ['open'], invented_later: true };
  const plan = parsed({ format_version: '1.99', resource_changes: [{ address: 'a.b', type: 'a', change }] });
  expect(plan.resource_changes).toEqual([{ address: 'a.b', type: 'a', mode: 'managed', change }]);
});

describe('what is no plan is refused by the place where it is not', () => {
  test.each<[object, string]>([
    [{ format_version: 1 }, '"format_version" is not a text'],
    [{ resource_changes: {} }, '"resource_changes" is not a list'],
    [{ resource_changes: [null] }, '"resource_changes" is not an object'],
    [{ resource_changes: [{ type: 'a' }] }, '"resource_changes: address" is not a text'],
    [{ resource_drift: [{ address: 'a.b' }] }, '"resource_drift: a.b: type" is not a text'],
    [{ resource_changes: [{ address: 'a.b', type: 'a' }] }, '"resource_changes: a.b: change" is not an object'],
    [
      { resource_changes: [{ address: 'a.b', type: 'a', change: { actions: [] } }] },
      '"resource_changes: a.b: change.actions" is not a list of texts',
    ],
    [
      { resource_changes: [{ address: 'a.b', type: 'a', change: { actions: ['create'], replace_paths: ['a'] } }] },
      '"resource_changes: a.b: change.replace_paths" is not a list of lists',
    ],
    [{ output_changes: { a: { actions: [1] } } }, '"output_changes.a.actions" is not a list of texts'],
    [{ deferred_changes: [{}] }, '"deferred_changes.resource_change" is not an object'],
    [{ checks: [{ address: {} }] }, '"checks.status" is not a text'],
    [{ relevant_attributes: [{}] }, '"relevant_attributes.resource" is not a text'],
  ])('%j', (plan, message) => {
    expect(() => parsed(plan)).toThrow(message);
  });

  test('no object at all', () => {
    expect(() => parsePlan('[]')).toThrow('"plan" is not an object');
    expect(() => parsePlan('{}')).toThrow('"format_version" is not a text');
  });
});
