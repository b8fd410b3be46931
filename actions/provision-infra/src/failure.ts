/** Why a run failed, as a word that a workflow can branch on. */
import { Cancelled, UserError } from '#toolkit/errors';
import { TerraformError } from '#toolkit/terraform/errors';
import { TerraformMissing } from '#toolkit/terraform/terraform';

/** Every value of the output `failure-reason`. */
export const FAILURE_REASONS = [
  'invalid-input',
  'terraform-missing',
  'init-failed',
  'validation-failed',
  'plan-failed',
  'locked',
  'plan-missing',
  'plan-truncated',
  'plan-tampered',
  'plan-wrong-key',
  'plan-wrong-repository',
  'plan-wrong-commit',
  'plan-wrong-workflow',
  'plan-wrong-environment',
  'plan-wrong-root',
  'plan-wrong-state',
  'plan-foreign-run',
  'plan-expired',
  'plan-changed',
  'stale-plan',
  'destroy-refused',
  'foreign-resource',
  'apply-failed',
  'outputs-invalid',
  'cancelled',
  'unexpected',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** A refusal with its reason; the message says what to do. */
export class Refused extends UserError {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The reason of anything that ended a run. */
export function failureReasonOf(error: unknown): FailureReason {
  if (error instanceof Refused) return error.reason;
  if (error instanceof Cancelled) return 'cancelled';
  if (error instanceof TerraformMissing) return 'terraform-missing';
  if (error instanceof TerraformError) return reasonOfTerraform(error);
  return error instanceof UserError ? 'invalid-input' : 'unexpected';
}

function reasonOfTerraform({ command, kind, diagnostics }: TerraformError): FailureReason {
  if (kind === 'locked') return 'locked';
  if (kind === 'stale') return 'stale-plan';
  if (kind === 'prevented') return 'destroy-refused';
  switch (command) {
    case 'init':
      // It reads the configuration before anything else.
      return diagnostics.some(({ range }) => range !== undefined) ? 'validation-failed' : 'init-failed';
    case 'apply':
      return 'apply-failed';
    case 'plan':
      // What Terraform finds in the configuration has a place in it; what a provider answers has an address as well.
      return diagnostics.some(({ range, address }) => range !== undefined && (address ?? '') === '')
        ? 'validation-failed'
        : 'plan-failed';
    default:
      return 'unexpected';
  }
}
