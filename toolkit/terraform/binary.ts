/** Finds terraform or tofu and refuses versions that the commands of this folder do not work with. */
import { z } from 'zod';
import { errorMessage, UserError } from '../errors.ts';
import type { Exec } from '../process/exec.ts';

/** A program that can be used. */
export interface TerraformBinary {
  /** Name on PATH, or a path. */
  command: string;
  product: 'terraform' | 'tofu';
  version: string;
}

/**
 * The first versions with `init -json` (https://github.com/hashicorp/terraform/pull/34886,
 * https://github.com/opentofu/opentofu/pull/1460) and, for OpenTofu, with variables in backend blocks. A root may demand
 * more by its `required_version`; that is checked by the program itself.
 */
const FLOORS = { terraform: [1, 9], tofu: [1, 8] } as const;

const versionAnswer = z.object({ terraform_version: z.string() });

/** What a name led to. */
type Candidate = { binary: TerraformBinary } | { reason: string };

/**
 * Finds the program.
 *
 * @param requested `auto` takes terraform, else tofu, from PATH; anything else is a name on PATH or a path
 * @throws UserError that says what was found and what would do
 */
export async function findTerraform(exec: Exec, requested: string): Promise<TerraformBinary> {
  const reasons: string[] = [];
  for (const command of requested === 'auto' ? ['terraform', 'tofu'] : [requested]) {
    const candidate = await look(exec, command);
    if ('binary' in candidate) return candidate.binary;
    reasons.push(candidate.reason);
  }
  throw new UserError(
    `terraform >= 1.9 or tofu >= 1.8 is needed: ${reasons.join(', ')}. Install one in a step before this one, or name it in the input "terraform".`,
  );
}

async function look(exec: Exec, command: string): Promise<Candidate> {
  let stdout: string;
  try {
    ({ stdout } = await exec({ command, args: ['version', '-json'] }));
  } catch (error) {
    if (error instanceof Error && error.name === 'Cancelled') throw error;
    const missing = /Unable to locate executable|ENOENT|is not executable/.test(errorMessage(error));
    return { reason: missing ? `${command} was not found` : `${command} does not run (${errorMessage(error)})` };
  }
  const version = readVersion(stdout);
  if (version === undefined) return { reason: `${command} does not say its version` };
  const product = /(^|[/\\])(open)?tofu[^/\\]*$/.test(command) ? 'tofu' : 'terraform';
  if (isOlder(version, FLOORS[product])) return { reason: `${command} is version ${version}` };
  return { binary: { command, product, version } };
}

function readVersion(stdout: string): string | undefined {
  try {
    return versionAnswer.parse(JSON.parse(stdout)).terraform_version;
  } catch {
    return undefined;
  }
}

/** Whether a version such as `1.9.0-rc1` is below a floor of major and minor. */
export function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [givenMajor = 0, givenMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return givenMajor < major || (givenMajor === major && givenMinor < minor);
}
