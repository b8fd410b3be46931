/**
 * Lifts `prevent_destroy` for a root that is taken down. Terraform stops at the first resource that has it, so nobody would
 * be shown all that goes; and it can only be lifted in the configuration. An override file does so for this run alone, and
 * the destroy guard takes its place.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A name that Terraform reads after all others: https://developer.hashicorp.com/terraform/language/files/override */
const FILE = 'moodle_high_scale_destroy_override.tf';

/** The resources of a root, `type.name`, whose blocks say `prevent_destroy = true`. Those of modules are not among them. */
export function protectedResources(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.tf') && file !== FILE)
    .flatMap((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      const blocks = text.matchAll(/^resource\s+"([^"]+)"\s+"([^"]+)"\s*\{\n([\s\S]*?)^\}/gm);
      return [...blocks].flatMap(([, type, name, body = '']) =>
        /^\s*prevent_destroy\s*=\s*true\b/m.test(body) ? [`${type}.${name}`] : [],
      );
    })
    .sort();
}

/**
 * Writes the override. Who calls it must refuse to delete what is protected and not allowed.
 *
 * @returns what takes it back
 */
export function liftProtection(directory: string, addresses: readonly string[]): { restore(): void } {
  const blocks = addresses.map((address) => {
    const [type, name] = address.split('.');
    return `resource "${type}" "${name}" {\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n`;
  });
  const file = join(directory, FILE);
  if (blocks.length > 0) writeFileSync(file, blocks.join('\n'));
  return { restore: () => rmSync(file, { force: true }) };
}
