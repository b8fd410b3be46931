/** The two jobs of a workflow run, for tests: one plans and leaves the file, the other applies it. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionEnd, ActionRun } from '../../../test/support/action-process.ts';
import type { TestRoot } from './root.ts';

/** Made for tests; a real one comes from `openssl rand -base64 32`. */
export const TEST_KEY = '6Jf3dQm1x8Zr2LkV0pYtWcN7uBgH5sEa9oXiTqRy4Mz=';

/** What GitHub tells a job of its run. */
export const RUN = {
  GITHUB_REPOSITORY: 'example/moodle',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_WORKFLOW_REF: 'example/moodle/.github/workflows/deploy.yml@refs/heads/main',
  GITHUB_RUN_ID: '4711',
};

/** A workflow run over a root. */
export interface Crossing {
  /** Where the second job finds what the first left, as after a download. */
  file: string;
  plan(inputs?: Record<string, string>, environment?: Record<string, string>): Promise<ActionEnd>;
  apply(inputs?: Record<string, string>, more?: Partial<ActionRun>): Promise<ActionEnd>;
}

export function crossing(root: TestRoot): Crossing {
  const file = join(root.workspace, 'artifact/infra.plan');
  const temporary = join(root.workspace, 'runner-temp');
  return {
    file,
    async plan(inputs = {}, environment = {}) {
      mkdirSync(temporary, { recursive: true });
      const end = await root.run(
        { mode: 'plan', 'plan-key': TEST_KEY, ...inputs },
        { environment: { ...RUN, RUNNER_TEMP: temporary, ...environment } },
      );
      const left = end.outputs['plan-file'];
      if (left !== undefined) {
        mkdirSync(join(root.workspace, 'artifact'), { recursive: true });
        cpSync(left, file);
      }
      return end;
    },
    apply: (inputs = {}, more = {}) =>
      root.run(
        { mode: 'apply', 'plan-key': TEST_KEY, 'reviewed-plan': file, ...inputs },
        { ...more, environment: { ...RUN, ...more.environment } },
      ),
  };
}
