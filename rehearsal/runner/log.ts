import type { Conclusion, RunEvent } from './events.ts';

/** How the log is shown. */
export interface LogOptions {
  /** Receives one line, without the line end. */
  readonly write: (line: string) => void;
  /** Shows the contents of groups and debug lines at once. */
  readonly verbose?: boolean;
  /** Colours for a terminal. */
  readonly color?: boolean;
}

/** After so long in one group a person wants to see what it waits for. */
const LONG_GROUP_MILLISECONDS = 5000;

const colors = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** The step of a job that is being shown. */
interface Shown {
  depth: number;
  /** Lines inside groups, held back until the step fails. */
  held: string[];
  /** When the outermost open group began, epoch milliseconds. */
  since: number;
}

/**
 * Prints a run as it goes: each line with the time since the start and the name of its job, because jobs run side by
 * side. The contents of a `::group::` are folded away and shown only when it takes long or its step fails.
 */
export class LogPrinter {
  readonly #options: LogOptions;
  readonly #jobs = new Map<string, Shown>();
  #begin: number | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Takes an event; pass this as `onEvent`. */
  readonly print = (event: RunEvent): void => {
    this.#begin ??= event.at;
    switch (event.type) {
      case 'run-started':
        this.#line(event, '', `run ${event.runId}: ${event.name}`, 'cyan');
        break;
      case 'job-queued':
        this.#line(event, event.job, `enters concurrency group '${event.group}'`, 'dim');
        break;
      case 'job-waiting':
        this.#line(
          event,
          event.job,
          `waits for review of environment '${event.environment}' by ${event.reviewers.join(', ')}`,
          'yellow',
        );
        break;
      case 'job-reviewed': {
        const verb = event.approved ? 'approved' : 'rejected';
        this.#line(
          event,
          event.job,
          `${event.reviewer} ${verb} environment '${event.environment}'`,
          event.approved ? 'green' : 'red',
        );
        break;
      }
      case 'job-started':
        this.#line(event, event.job, 'starts', 'cyan');
        break;
      case 'job-finished':
        this.#jobs.delete(event.job);
        this.#line(event, event.job, `${event.conclusion}${took(event)}`, colorOf(event.conclusion));
        break;
      case 'step-started':
        this.#jobs.set(event.job, { depth: 0, held: [], since: event.at });
        this.#line(event, event.job, `- ${event.step}`, 'cyan');
        break;
      case 'step-finished':
        this.#finishStep(event);
        break;
      case 'log':
        this.#log(event);
        break;
      case 'run-finished':
        this.#line(
          event,
          '',
          `${event.result} in ${event.seconds.toFixed(1)} s`,
          event.result === 'succeeded' ? 'green' : 'red',
        );
        break;
    }
  };

  #finishStep(event: RunEvent & { type: 'step-finished' }): void {
    if (event.conclusion === 'failure')
      for (const line of this.#jobs.get(event.job)?.held ?? []) this.#line(event, event.job, line);
    if (event.conclusion !== 'success')
      this.#line(event, event.job, `  ${event.step}: ${event.conclusion}${took(event)}`, colorOf(event.conclusion));
  }

  #log(event: RunEvent & { type: 'log' }): void {
    const shown = this.#jobs.get(event.job) ?? { depth: 0, held: [], since: event.at };
    this.#jobs.set(event.job, shown);
    const indent = '  '.repeat(shown.depth + 1);
    switch (event.level) {
      case 'group':
        this.#fold(event, shown, `${indent}> ${event.line}`);
        if (shown.depth === 0) shown.since = event.at;
        shown.depth += 1;
        break;
      case 'endgroup':
        shown.depth = Math.max(0, shown.depth - 1);
        break;
      case 'debug':
        if (this.#options.verbose) this.#line(event, event.job, `${indent}debug: ${event.line}`, 'dim');
        break;
      case 'error':
      case 'warning':
      case 'notice':
        this.#line(
          event,
          event.job,
          `${indent}${event.level}: ${event.line}`,
          event.level === 'error' ? 'red' : 'yellow',
        );
        break;
      case 'command':
      case 'text':
        this.#fold(event, shown, `${indent}${event.level === 'command' ? '- ' : ''}${event.line}`);
        break;
    }
  }

  #fold(event: RunEvent & { type: 'log' }, shown: Shown, line: string): void {
    const long = event.at - shown.since > LONG_GROUP_MILLISECONDS;
    if (shown.depth === 0 || long || this.#options.verbose) this.#line(event, event.job, line);
    else shown.held.push(line);
  }

  #line(event: RunEvent, job: string, text: string, color?: keyof typeof colors): void {
    const seconds = ((event.at - (this.#begin ?? event.at)) / 1000).toFixed(1).padStart(6);
    for (const line of text.split('\n')) {
      const plain = `${seconds}s ${job === '' ? '' : `[${job}] `}`;
      const shown = this.#options.color && color ? `\u001b[${colors[color]}m${line}\u001b[0m` : line;
      this.#options.write(plain + shown);
    }
  }
}

function took(event: { seconds: number }): string {
  return event.seconds > 0 ? ` after ${event.seconds.toFixed(1)} s` : '';
}

function colorOf(conclusion: Conclusion): keyof typeof colors {
  if (conclusion === 'success') return 'green';
  return conclusion === 'failure' ? 'red' : 'yellow';
}
