/** Runs terraform or tofu for tests, untouched by the machine's own configuration of it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How it ended. */
export interface TerraformEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `terraform` when it is on PATH, else `tofu`. */
export function terraformBinary(): string {
  const folders = (process.env.PATH ?? '').split(':');
  return ['terraform', 'tofu'].find((name) => folders.some((folder) => existsSync(join(folder, name)))) ?? 'terraform';
}

/** Runs it in `folder`. `TF_*` variables of the caller are not passed on; its configuration file is empty. */
export async function runTerraform(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TerraformEnd> {
  const child = spawn(terraformBinary(), args, {
    cwd: folder,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: folder,
      TF_CLI_CONFIG_FILE: '/dev/null',
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exitCode = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  return { exitCode, stdout, stderr };
}
