/** Small Terraform roots for tests, each in a folder of its own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';

/** A workspace with the root `infra/` and a local state. */
export interface TestRoot {
  workspace: string;
  /** Writes a file, by its path in the workspace. */
  write(path: string, text: string): void;
  /** Writes an executable shell script and answers its path. */
  script(name: string, text: string): string;
  /** Runs the action in the workspace. */
  run(inputs?: Record<string, string>, more?: Partial<ActionRun>): Promise<ActionEnd>;
  remove(): void;
}

const BACKEND = 'terraform {\n  backend "local" {}\n}\n';

/** Makes a workspace whose `infra/main.tf` is `configuration` with a local backend. */
export function testRoot(configuration: string): TestRoot {
  const workspace = mkdtempSync(join(tmpdir(), 'provision-test-'));
  const write = (path: string, text: string): void => {
    const file = join(workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, path === 'infra/main.tf' ? BACKEND + text : text);
  };
  write('infra/main.tf', configuration);
  return {
    workspace,
    write,
    script(name, text) {
      write(`bin/${name}`, `#!/bin/sh\n${text}\n`);
      chmodSync(join(workspace, 'bin', name), 0o755);
      return join(workspace, 'bin', name);
    },
    run: (inputs = {}, more = {}) =>
      runAction({
        action: 'actions/provision-infra',
        inputs: {
          mode: 'apply',
          environment: 'test',
          'backend-config': `path=${join(workspace, 'state')}/{environment}-{root}.tfstate`,
          ...inputs,
        },
        workingDirectory: workspace,
        ...more,
        environment: { TF_CLI_CONFIG_FILE: '/dev/null', ...more.environment },
      }),
    remove: () => rmSync(workspace, { recursive: true, force: true }),
  };
}

/** Two resources and outputs of each kind. */
export const SMALL = `
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 100
    error_message = "size is \${var.size}; give less than 100."
  }
}
resource "terraform_data" "one" {
  input = var.size
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = each.key
}
output "cluster_name" {
  value = "moodle-\${var.size}"
}
output "database_host" {
  value = "host-\${terraform_data.one.output}"
}
output "web_replicas" {
  value = var.size
}
output "something_of_their_own" {
  value = "private business"
}
`;
