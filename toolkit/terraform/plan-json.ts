/**
 * The parts of `show -json` that are used, as the format is published
 * (https://developer.hashicorp.com/terraform/internals/json-format). Format 1 only gains fields, and unknown ones are
 * ignored; another major version is refused.
 */
import { z } from 'zod';
import { UserError } from '../errors.ts';

const change = z.object({
  /** One of: no-op, create, read, update, delete, forget; two of them for a replacement, in the order they happen. */
  actions: z.array(z.string()).min(1),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.object({ id: z.string().optional() }).optional(),
});

const resourceChange = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.enum(['managed', 'data']).catch('data'),
  type: z.string(),
  change,
  action_reason: z.string().optional(),
});

const outputValue = z.object({
  sensitive: z.boolean().default(false),
  /** Absent while it is not known. */
  value: z.unknown().optional(),
});

const planJson = z.object({
  format_version: z.string(),
  resource_changes: z.array(resourceChange).default([]),
  output_changes: z.record(z.string(), change).default({}),
  planned_values: z.object({ outputs: z.record(z.string(), outputValue).default({}) }).default({ outputs: {} }),
});

/** A plan. Values in it may be secret. */
export type PlanJson = z.infer<typeof planJson>;
export type ResourceChange = z.infer<typeof resourceChange>;
/** Outputs by name. */
export type OutputValues = z.infer<typeof planJson>['planned_values']['outputs'];

/**
 * Reads what `show -json` printed.
 *
 * @throws UserError when the format is one that this toolkit does not know
 */
export function parsePlan(text: string): PlanJson {
  const plan = planJson.parse(JSON.parse(text));
  if (!plan.format_version.startsWith('1.'))
    throw new UserError(
      `The plan has format ${plan.format_version} and only format 1 is known: use an older terraform or a newer version of this action.`,
    );
  return plan;
}

/** Reads what `output -json` printed. */
export function parseOutputs(text: string): OutputValues {
  return z.record(z.string(), outputValue).parse(JSON.parse(text));
}
