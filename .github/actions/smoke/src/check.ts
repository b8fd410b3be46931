/** What a check is, and what it says. */
import type { Site } from './site.ts';

/** The verdict of one check. */
export interface CheckResult {
  check: string;
  passed: boolean;
  /** What was seen; of a failure what is wrong and what to do, without a full stop at the end. */
  detail: string;
  /** Waiting does not mend it: Front Door's spreading has nothing to do with it. */
  lasting?: boolean;
}

/** A verdict before it has its check's name. */
export type Verdict = Omit<CheckResult, 'check'>;

/** One look at the site. It throws a `SiteError` when there is no answer at all. */
export interface Check {
  name: string;
  look: (site: Site) => Promise<Verdict>;
  /** When it fails the checks after it would only say the same again. */
  gate?: boolean;
}

export function passed(detail: string): Verdict {
  return { passed: true, detail };
}

/** Failed; it may be that Front Door is not ready everywhere yet. */
export function failed(detail: string): Verdict {
  return { passed: false, detail };
}

/** Failed, and so it will stay until somebody changes something. */
export function failedForGood(detail: string): Verdict {
  return { passed: false, detail, lasting: true };
}
