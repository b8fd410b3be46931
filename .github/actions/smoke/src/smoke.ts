import { escapeMarkdown, table } from '#toolkit/action/markdown';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { TimedOut, UserError } from '#toolkit/errors';
import { formatElapsed } from '#toolkit/process/clock';
import { waitFor } from '#toolkit/process/progress';
import type { CheckResult } from './check.ts';
import type { contract } from './contract.ts';
import { runChecks } from './round.ts';
import { visit } from './site.ts';

type Context = ActionContext<typeof contract>;
type Result = ActionResult<typeof contract>;

const INTERVAL_MILLISECONDS = 3000;
/** Right after a deployment what is missing is often there in a moment. */
const FIRST_INTERVAL_MILLISECONDS = 500;

/** The test and its last results, which a failed run reports as well. */
export class Smoke {
  #results: CheckResult[] = [];
  #hostName = '';

  /** Checks until everything passes, something fails that time does not mend, or the time is up. */
  async run({ inputs, log, clock, signal }: Context): Promise<Result> {
    this.#hostName = inputs.hostName;
    const started = clock.now();
    await waitFor({
      what: `https://${inputs.hostName} to pass`,
      clock,
      log,
      signal,
      timeoutMilliseconds: inputs.timeout,
      intervalMilliseconds: INTERVAL_MILLISECONDS,
      firstIntervalMilliseconds: FIRST_INTERVAL_MILLISECONDS,
      look: async () => {
        this.#results = await runChecks(visit(inputs, clock.now(), signal));
        const wrong = this.#results.filter(({ passed }) => !passed);
        if (wrong.length === 0) return { done: this.#results };
        if (wrong.some(({ lasting }) => lasting))
          throw new UserError(`https://${inputs.hostName} does not pass.\n${sentences(wrong)}`);
        return { seen: wrong.map(({ check, detail }) => `${check}: ${detail}`).join('; ') };
      },
    }).catch((error: unknown) => {
      if (!(error instanceof TimedOut)) throw error;
      const elapsed = formatElapsed(clock.now() - started);
      const wrong = this.#results.filter(({ passed }) => !passed);
      throw new UserError(`https://${inputs.hostName} did not pass within ${elapsed}.\n${sentences(wrong)}`);
    });
    for (const { check, detail } of this.#results) log.info(`passed: ${check} (${detail})`);
    return this.report();
  }

  /** Outputs and summary, of whatever was seen last. */
  report(): Pick<Result, 'outputs' | 'summary'> {
    if (this.#results.length === 0) return {};
    const checks = this.#results.map(({ check, passed, detail }) => ({ check, passed, detail }));
    const rows = checks.map(({ check, passed, detail }) => [
      escapeMarkdown(check),
      passed ? 'passed' : '**failed**',
      escapeMarkdown(detail),
    ]);
    const title = `### Smoke test of ${escapeMarkdown(this.#hostName)}`;
    return { outputs: { checks }, summary: [title, table(['Check', 'Result', 'Detail'], rows)].join('\n\n') };
  }
}

function sentences(wrong: readonly CheckResult[]): string {
  return wrong.map(({ check, detail }) => `${check}: ${detail}.`).join('\n');
}
