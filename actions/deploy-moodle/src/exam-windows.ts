/** Exam windows: when there must be as many pods as there may be, as triggers of KEDA. Pure. */
import { UserError } from '#toolkit/errors';

/** A time with an exam in it; milliseconds since the epoch. */
export interface ExamWindow {
  start: number;
  end: number;
}

/** A trigger of a ScaledObject. */
export interface Trigger {
  type: string;
  metricType?: string;
  metadata: Record<string, string>;
  authenticationRef?: { name: string };
}

/** Adding nodes takes up to a quarter of an hour, more in a region that is short of them, and pods start after that. */
const LEAD_MILLISECONDS = 45 * 60_000;

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;
const LONGEST_DAYS = 31;
const DAY = 24 * 3_600_000;
/** Later ones wait for a deployment that is nearer: a moment without a year comes within a year. */
const FARTHEST_DAYS = 300;

/**
 * Reads the input `exam-windows`.
 *
 * @throws UserError that names what is wrong
 */
export function readExamWindows(given: unknown): ExamWindow[] {
  if (!Array.isArray(given)) {
    throw new UserError('Input "exam-windows" must be a JSON list of {"start": …, "end": …}.');
  }
  return given.map((entry: unknown) => {
    const { start, end } = (entry ?? {}) as { start?: unknown; end?: unknown };
    const window = { start: moment(start), end: moment(end) };
    const days = (window.end - window.start) / DAY;
    if (days <= 0 || days > LONGEST_DAYS) {
      throw new UserError(
        `Input "exam-windows" must have windows that end after they start, at most ${LONGEST_DAYS} days; one is from ${String(start)} to ${String(end)}.`,
      );
    }
    return window;
  });
}

function moment(given: unknown): number {
  const time = typeof given === 'string' && MOMENT.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UserError(
      `Input "exam-windows" must have times with their zone such as 2027-01-18T08:00:00Z; one is ${JSON.stringify(given)}.`,
    );
  }
  return time;
}

/**
 * A cron trigger for each window that has not ended and is near enough. KEDA knows no year: a window that is over must be taken
 * away, or it comes again, and one of the year after next would come in the next.
 */
export function examTriggers(windows: readonly ExamWindow[], pods: number, now: number): Trigger[] {
  return windows
    .filter(({ start, end }) => end > now && start - now <= FARTHEST_DAYS * DAY)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => ({
      type: 'cron',
      metadata: {
        timezone: 'Etc/UTC',
        start: cron(start - LEAD_MILLISECONDS),
        end: cron(end),
        desiredReplicas: String(pods),
      },
    }));
}

/** Minute, hour, day and month, on whatever day of the week. */
function cron(time: number): string {
  const date = new Date(time);
  return `${date.getUTCMinutes()} ${date.getUTCHours()} ${date.getUTCDate()} ${date.getUTCMonth() + 1} *`;
}
