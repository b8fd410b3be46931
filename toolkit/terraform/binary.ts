/** Finds terraform or tofu. Which versions will do is seen when the first command runs: asking would be one more process. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** A program that may be used. */
export interface TerraformProgram {
  /** Its path. */
  command: string;
  /** As its user names it, for messages. */
  name: string;
  product: 'terraform' | 'tofu';
}

/**
 * The first versions with `init -json` (https://github.com/hashicorp/terraform/pull/34886,
 * https://github.com/opentofu/opentofu/pull/1460) and, for OpenTofu, with variables in backend blocks. A root may demand
 * more by its `required_version`; that is checked by the program itself.
 */
export const NEEDED = 'terraform >= 1.9 or tofu >= 1.8 is needed';

/** What a search led to. */
export interface FoundPrograms {
  /** In the order in which they are to be tried. */
  programs: TerraformProgram[];
  /** Why others are not among them, such as `tofu was not found`. */
  reasons: string[];
}

/**
 * Looks for the program.
 *
 * @param requested `auto` takes terraform, else tofu, from PATH; anything else is a name on PATH or a path
 * @param searchPath the variable PATH
 */
export function findTerraform(requested: string, searchPath: string): FoundPrograms {
  const found: FoundPrograms = { programs: [], reasons: [] };
  for (const name of requested === 'auto' ? ['terraform', 'tofu'] : [requested]) {
    const command = locate(name, searchPath);
    const product = /(^|[/\\])(open)?tofu[^/\\]*$/.test(name) ? 'tofu' : 'terraform';
    if (command === undefined) found.reasons.push(`${name} was not found`);
    else found.programs.push({ command, name, product });
  }
  return found;
}

function locate(name: string, searchPath: string): string | undefined {
  if (isAbsolute(name) || /[/\\]/.test(name)) return isProgram(resolve(name)) ? resolve(name) : undefined;
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
