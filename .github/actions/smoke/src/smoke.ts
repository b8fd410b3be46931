import { escapeMarkdown, table } from '#toolkit/action/markdown';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { UserError } from '#toolkit/errors';
import { waitFor } from '#toolkit/process/progress';
import { type CheckResult, runChecks } from './checks.ts';
import type { contract } from './contract.ts';
import type { Target } from './request.ts';

const INTERVAL_MILLISECONDS = 2000;

/** `address:port` or `address`, as a target for a host name. */
function targetOf(hostName: string, connectTo: string | undefined): Target {
  if (connectTo === undefined) return { hostName };
  const [, address, port] = /^([^:]+)(?::(\d+))?$/.exec(connectTo) ?? [];
  if (address === undefined)
    throw new UserError(`Input "connect-to" must be an address, or address:port; it is "${connectTo}".`);
  return { hostName, address, ...(port === undefined ? {} : { port: Number(port) }) };
}

function report(hostName: string, results: readonly CheckResult[]): string {
  const rows = results.map(({ check, passed, detail }) => [
    escapeMarkdown(check),
    passed ? 'passed' : '**failed**',
    escapeMarkdown(detail),
  ]);
  return [`### Smoke test of ${escapeMarkdown(hostName)}`, table(['Check', 'Result', 'Detail'], rows)].join('\n\n');
}

/** Checks until everything passes or the time is up. */
export async function smoke(context: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const { inputs, log, clock, signal } = context;
  const target = targetOf(inputs.hostName, inputs.connectTo);
  const results = await waitFor({
    what: `https://${inputs.hostName} to pass all checks`,
    clock,
    log,
    signal,
    timeoutMilliseconds: inputs.timeout,
    intervalMilliseconds: INTERVAL_MILLISECONDS,
    look: async () => {
      const seen = await runChecks(target, signal);
      const failed = seen.filter(({ passed }) => !passed);
      return failed.length === 0
        ? { done: seen }
        : { seen: `failed: ${failed.map(({ check, detail }) => `${check} (${detail})`).join('; ')}` };
    },
  });
  for (const { check, detail } of results) log.info(`passed: ${check} (${detail})`);
  return { outputs: { checks: results }, summary: report(inputs.hostName, results) };
}
