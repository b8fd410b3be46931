import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { stepEnvironment } from '../job-environment.ts';
import type { StepRun } from '../steps.ts';

const run = promisify(execFile);

interface Tool {
  /** Programs that will do, the first found is taken. */
  readonly files: readonly string[];
  readonly args: readonly string[];
  /** The input that asks for a version. */
  readonly version: string;
}

const tools: Readonly<Record<string, Tool>> = {
  'actions/setup-node': { files: ['node'], args: ['--version'], version: 'node-version' },
  'hashicorp/setup-terraform': { files: ['terraform', 'tofu'], args: ['version'], version: 'terraform_version' },
  'opentofu/setup-opentofu': { files: ['tofu'], args: ['version'], version: 'tofu_version' },
  'azure/setup-kubectl': { files: ['kubectl'], args: ['version', '--client'], version: 'version' },
};

/**
 * In place of the set-up actions: installs nothing, but the tool must be on PATH. Its version is printed beside the one
 * that the workflow asks for; GitHub would install that one.
 */
export async function setUpTool(
  step: StepRun,
  repository: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const tool = tools[repository];
  if (tool === undefined) throw new Error(`action '${repository}' has no substitute`);
  const { state } = step;
  const env = stepEnvironment({
    base: state.run.options.baseEnvironment,
    env: step.env,
    path: state.path,
    github: {},
    runner: {},
    services: {},
  });
  const reasons: string[] = [];
  for (const file of tool.files) {
    try {
      const { stdout } = await run(file, [...tool.args], { env, cwd: state.directories.workspace });
      const version = stdout.trim().split('\n')[0] ?? '';
      const asked = inputs[tool.version];
      step.output.note(asked ? `${version} (the workflow asks for ${asked})` : version);
      return {};
    } catch (error) {
      reasons.push(
        `'${file}' is not on PATH or does not run: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  throw new Error(`${repository}: ${reasons.join('; ')}`);
}
