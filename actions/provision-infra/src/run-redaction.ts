/** What keeps the secrets of a run out of everything that it says. */
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import type { Log } from '#toolkit/log';
import type { OutputValues, PlanJson } from '#toolkit/terraform/plan-format';
import type { ProvisionContext, Run } from './prepare.ts';
import { createRedact, type Redact } from './redact.ts';

/** What a run says, and what it hands on, without secrets. */
export interface RunRedaction {
  redact: Redact;
  /** Whether a text holds a secret. Ids that are only hidden are none: later phases need them. */
  holdsSecret(text: string): boolean;
}

/** Knows the secrets of the process, of the plan, and of the plan that was reviewed. */
export function redactionOfRun(context: ProvisionContext, run: Run, plan: PlanJson): RunRedaction {
  const { inputs, environment, secrets } = context;
  const ids = [
    inputs.azureSubscriptionId ?? environment.ARM_SUBSCRIPTION_ID,
    inputs.azureTenantId ?? environment.ARM_TENANT_ID,
  ];
  const hidden = inputs.hideAzureIds ? ids.filter((id) => id !== undefined) : [];
  const now = createRedact(plan, { secrets: secrets.values() });
  const withoutIds = createRedact(undefined, { hidden });
  const reviewed = run.reviewed?.reviewed.changes;
  const before: Redact = reviewed === undefined ? (text) => text : createRedact(reviewed);
  // What is registered later, as outputs are, is known to `secrets` alone.
  const withoutSecrets: Redact = (text) => before(now(secrets.redact(text)));
  return {
    redact: (text) => withoutIds(withoutSecrets(text)),
    holdsSecret: (text) => withoutSecrets(text) !== text,
  };
}

/** The outputs, those marked as sensitive too that hold a secret and do not say so. */
export function markOutputs(outputs: OutputValues, { holdsSecret }: RunRedaction): OutputValues {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      {
        ...output,
        sensitive: output.sensitive || (output.value !== undefined && holdsSecret(JSON.stringify(output.value))),
      },
    ]),
  );
}

/** A log that is told later what it must not say: before there is a plan, nothing of it can be said. */
export function redactingLog(log: Log): { log: Log; hide(redact: Redact): void } {
  let redact: Redact = (text) => text;
  return {
    hide(known) {
      redact = known;
    },
    log: {
      debug: (message) => log.debug(redact(message)),
      info: (message) => log.info(redact(message)),
      notice: (message, place) => log.notice(redact(message), place),
      warning: (message, place) => log.warning(redact(message), place),
      error: (message, place) => log.error(redact(message), place),
      group: (title, body) => log.group(redact(title), body),
    },
  };
}

/** Keys of `for_each` are part of an address, and may be anything. */
export function redactStep({ action, target, reason = '' }: Step, redact: Redact): Step {
  return { action, target: redact(target), reason: redact(reason) };
}

/** Takes secrets out of an error before anybody reads it: providers quote what they sent and what Azure answered. */
export function redactError(error: unknown, redact: Redact): void {
  if (!(error instanceof Error)) return;
  error.message = redact(error.message);
  if (error.stack !== undefined) error.stack = redact(error.stack);
  if (error instanceof UserError)
    for (const annotation of error.annotations) annotation.message = redact(annotation.message);
  redactError(error.cause, redact);
}
