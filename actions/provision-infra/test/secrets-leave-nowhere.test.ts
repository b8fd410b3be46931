/** The bundle, on a root that puts a sensitive value where Terraform no longer knows it for one. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { ActionEnd } from '../../../test/support/action-process.ts';
import { type TestRoot, testRoot } from './root.ts';

let root: TestRoot;
afterEach(() => root.remove());

const SECRET = 'p"ss<w>rd&42-LongEnough';

/** Eight times the same secret: marked once, and then as it is, in a command, in JSON, base64, a URL, a key, an output. */
const LEAKING = `
variable "password" {
  type      = string
  sensitive = true
}
locals {
  plain = nonsensitive(var.password)
}
resource "terraform_data" "marked" {
  input = var.password
}
resource "terraform_data" "open" {
  for_each = toset([local.plain])
  input = {
    command = "mysql -u root -p'\${local.plain}' < dump.sql"
    json    = jsonencode({ nested = jsonencode({ note = local.plain }) })
    basic   = base64encode("admin:\${local.plain}")
    url     = "https://example.org/?key=\${urlencode(local.plain)}"
    script  = "#!/bin/sh\\nexport KEY=\${local.plain}\\n"
  }
}
output "database_host" {
  value = "host-of-\${local.plain}"
}
`;

/** Runs it with files for later steps in the workspace, where they stay. */
function run(inputs: Record<string, string>): Promise<ActionEnd> {
  const files = join(root.workspace, 'temp');
  mkdirSync(files, { recursive: true });
  return root.run(inputs, { environment: { RUNNER_TEMP: files } });
}

/** All that left the process, but for the lines that tell the runner what to mask, which it shows to nobody. */
function said(end: ActionEnd): string {
  const log = end.log.replace(/^::add-mask::.*$/gm, '');
  const files = ['plan-json-path', 'plan-markdown-path'].map((name) => readFileSync(end.outputs[name] ?? '', 'utf8'));
  return [log, end.summary, JSON.stringify(end.outputs), ...end.warnings, ...end.errors, ...files].join('\n');
}

const letters = (text: string): string => text.replace(/&(amp|lt|gt|quot);/g, '').replace(/[^A-Za-z0-9]/g, '');

test('in no log, summary, output, file or error', async () => {
  root = testRoot(LEAKING);
  const variables = JSON.stringify({ password: SECRET });
  const plan = await run({ mode: 'plan', variables });
  expect(plan).toMatchObject({ exitCode: 0, errors: [] });
  expect(plan.outputs['create-count']).toBe('2');
  const text = said(plan);
  expect(text).toContain('terraform_data.open');
  expect(plan.outputs['database-host']).toBeUndefined();
  expect(plan.warnings).toEqual([
    'Output "database_host" of infra is sensitive, or holds what is, and is not handed on.',
  ]);
  for (const piece of ['LongEnough', Buffer.from(SECRET).toString('base64').slice(0, 16)])
    expect(letters(text)).not.toContain(piece);

  expect(letters(said(await run({ variables })))).not.toContain('LongEnough');
  const change = await run({ mode: 'plan', variables: JSON.stringify({ password: `${SECRET}-2` }) });
  expect(change.outputs).toMatchObject({ 'create-count': '1', 'destroy-count': '1', 'update-count': '1' });
  expect(letters(said(change))).not.toContain('LongEnough');
}, 60_000);

test('ids of tenant and subscription only when they are not hidden', async () => {
  const id = '11111111-2222-4333-8444-555555555555';
  root = testRoot(`resource "terraform_data" "a" {\n  input = "/subscriptions/${id}/resourceGroups/x"\n}\n`);
  const shown = await run({ mode: 'plan', 'azure-subscription-id': id });
  expect(shown.summary).toContain(`/subscriptions/${id}/resourceGroups/x`);
  const hidden = await run({ mode: 'plan', 'azure-subscription-id': id, 'hide-azure-ids': 'true' });
  expect(hidden.summary).toContain('/subscriptions/***/resourceGroups/x');
  expect(said(hidden)).not.toContain(id);
}, 60_000);
