/**
 * Whether a Job did its work. Its exit code alone is not believed: with a list of components that is out of date, Moodle's
 * tools do nothing and end with 0. Pure.
 */
import type { JobProgress, Task } from './job.ts';

/** What Moodle prints when it is done. */
const SUCCESS: Readonly<Record<Exclude<Task, 'state'>, RegExp>> = {
  install: /Installation completed successfully/,
  reinstall: /Installation completed successfully/,
  upgrade: /completed successfully|No upgrade needed/,
};

const OUTDATED = /Outdated component cache/;

/** Lines of the log that a failure shows. */
const LINES_SHOWN = 20;

/** What is known of a Job that ended. `log` is undefined when it was gone before anybody read it. */
export interface Finished {
  task: Task;
  progress: JobProgress;
  log: readonly string[] | undefined;
  /** The language of a new site: the installer speaks it, and its words in other languages than English are not known here. */
  language: string;
}

/** Why the Job counts as failed, as the end of a sentence; undefined when it did its work. */
export function failureOf({ task, progress, log, language }: Finished): string | undefined {
  if (log?.some((line) => OUTDATED.test(line))) {
    return 'Moodle did nothing, because its list of components is older than its code; the image is not built right';
  }
  if (progress === 'failed') return `${reasonIn(log) ?? 'it failed'}${tail(log)}`;
  if (task === 'state' || log === undefined || (task !== 'upgrade' && language !== 'en')) return undefined;
  return log.some((line) => SUCCESS[task].test(line))
    ? undefined
    : `it ended without Moodle's message of success${tail(log)}`;
}

/** What `moodle-database` itself says why it gave up. */
const REASON = /^moodle-database: (.*)$/;

function reasonIn(log: readonly string[] | undefined): string | undefined {
  return log?.map((line) => REASON.exec(line)?.[1]).findLast((reason) => reason !== undefined);
}

/** The end of a log, without what the message says already. */
function tail(log: readonly string[] | undefined): string {
  const lines = (log ?? [])
    .filter((line) => line.trim() !== '' && !REASON.test(line) && !line.startsWith('{"state":'))
    .slice(-LINES_SHOWN);
  return lines.length === 0 ? '; it logged nothing' : `. Its last log lines:\n${lines.join('\n')}`;
}

/** The time that an upgrade notes before its first change; the first one, where a pod was lost and another went on. */
export function restorePointIn(log: readonly string[] | undefined): string | undefined {
  return log?.map((line) => /^restore-point: (\S+Z)$/.exec(line.trim())?.[1]).find((found) => found !== undefined);
}
