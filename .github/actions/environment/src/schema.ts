import { z } from 'zod';
import { moodle } from './schema-moodle.ts';
import { access, platform } from './schema-platform.ts';
import { firewall, scaling } from './schema-scaling.ts';

const capacityAssumptions = z
  .record(z.string(), z.number().positive())
  .describe('Constants of the capacity model to replace by measured ones, by their names in docs/capacity.md.');

/**
 * The environment file: the one file that a user edits for an environment. The JSON schema beside the files is made from
 * this, so that an editor checks them while they are written.
 */
export const environmentSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, 'must be 3 to 20 lower-case letters, digits and dashes')
      .describe('Name of the environment; also that of the file.'),
    prefix: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,9}$/, 'must be 2 to 10 lower-case letters and digits')
      .default('moodle')
      .describe('First part of the names of all Azure resources.'),
    location: z
      .string()
      .regex(/^[a-z][a-z0-9]+$/, 'must be an Azure region by its short name, such as swedencentral')
      .describe('Azure region; it must have three availability zones.'),
    concurrentUsers: z
      .int()
      .min(100)
      .max(1_000_000)
      .describe('Users at the same time in the busiest hour. Every size follows from it.'),
    examStartSeconds: z
      .int()
      .min(10)
      .max(3600)
      .optional()
      .describe('All users begin the same exam within so many seconds. Nobody begins at a common time when absent.'),
    domain: z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a host name such as moodle.example.org')
      .optional()
      .describe("Host name of the site. The Front Door endpoint's own name when absent."),
    approval: z
      .enum(['required', 'none'])
      .default('required')
      .describe('`required`: the pipeline refuses to apply unless the GitHub environment has required reviewers.'),
    allowDestroy: z
      .array(
        z.string().regex(/^\S+\.\S.*$/, 'must be the address of a resource, such as azurerm_storage_account.files'),
      )
      .default([])
      .describe(
        'Addresses of Terraform resources with data that the next deployment may delete or replace. Take them out again afterwards.',
      ),
    moodle,
    access: access.default({}),
    platform: platform.default({}),
    scaling: scaling.prefault({}),
    firewall: firewall.default({}),
    capacityAssumptions: capacityAssumptions.default({}),
    tags: z.record(z.string(), z.string()).default({}).describe('Tags of all Azure resources.'),
  })
  .describe('An environment of the Moodle High Scale pipeline.');

/** A checked environment file, defaults filled in. */
export type Environment = z.infer<typeof environmentSchema>;

/** The JSON schema for editors. */
export function environmentJsonSchema(): unknown {
  return z.toJSONSchema(environmentSchema, { io: 'input' });
}
