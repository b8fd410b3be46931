/** Random plans for property tests, as objects that `parsePlan` would have given. */
import fc from 'fast-check';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-format';

/** A plan with these changes and nothing else. */
export function planOf(changes: readonly ResourceChange[], more: Partial<PlanJson> = {}): PlanJson {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: changes,
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
    ...more,
  };
}

/** A resource of this name. */
export function resource(
  name: string,
  change: ResourceChange['change'],
  more: Partial<ResourceChange> = {},
): ResourceChange {
  return {
    address: `azurerm_thing.${name}`,
    mode: 'managed',
    type: 'azurerm_thing',
    provider_name: 'registry.terraform.io/hashicorp/azurerm',
    change,
    ...more,
  };
}

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.string({ minLength: 1 }), scalar, { maxKeys: 3 }),
);
/** Attributes of a resource; there is always `name`. */
export const attributes = fc
  .tuple(fc.string(), fc.dictionary(fc.stringMatching(/^[a-z_]{1,6}$/), value, { maxKeys: 5 }))
  .map(([name, others]): Record<string, unknown> => ({ ...others, name }));

/** Something that a resource is planned to do. */
const change = fc.oneof(
  attributes.map((after) => ({ actions: ['create'], before: null, after, after_unknown: { id: true } })),
  fc
    .tuple(attributes, fc.string(), fc.string())
    .filter(([, was, is]) => was !== is)
    .map(([same, was, is]) => ({
      actions: ['update'],
      before: { ...same, size: was, etag: 'e1' },
      after: { ...same, size: is },
      after_unknown: { etag: true },
    })),
  fc.tuple(attributes, attributes).map(([before, after]) => ({
    actions: ['delete', 'create'],
    before,
    after,
    after_unknown: { id: true },
    replace_paths: [['name']],
  })),
  attributes.map((before) => ({ actions: ['delete'], before, after: null, after_unknown: {} })),
);

/** A plan of one to six changes. */
export const plans = fc
  .array(change, { minLength: 1, maxLength: 6 })
  .map((changes) => planOf(changes.map((planned, index) => resource(`r${index}`, planned))));
