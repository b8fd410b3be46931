/** The steps of a build, read from its log: which one is at work, for how long, and what the last one said. */
import { formatElapsed } from '../process/clock.ts';

/** Lines shown of a step that failed. */
const LINES_OF_A_FAILURE = 40;

/** The classic builder's headings: `Step 3/9 : RUN apt-get update`. */
const HEADING = /^Step (\d+)\/(\d+) : (.*)$/;

/** Reads a log line by line. */
export interface BuildSteps {
  /** The line as it is shown: a heading with the time since the build began. */
  see(line: string): string;
  /** What the step at work said, its last lines; before the first step, what was said at all. */
  readonly said: readonly string[];
  /** `step 3 of 9, RUN apt-get update`; undefined before the first. */
  readonly current: string | undefined;
}

/** @param elapsed milliseconds since the build was queued */
export function followBuildSteps(elapsed: () => number): BuildSteps {
  let said: string[] = [];
  let current: string | undefined;
  return {
    see(line) {
      const heading = HEADING.exec(line);
      if (heading === null) {
        said = [...said, line].slice(-LINES_OF_A_FAILURE);
        return line;
      }
      const [, step, of, instruction] = heading;
      said = [];
      current = `step ${step} of ${of}, ${instruction}`;
      return `Step ${step} of ${of} (${formatElapsed(elapsed())}): ${instruction}`;
    },
    get said() {
      return said;
    },
    get current() {
      return current;
    },
  };
}
