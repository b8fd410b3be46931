/** Taking a root down: everything that holds data must be named, and the root's own protection counts for what is not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { serveTestProviders } from '../../../rehearsal/terraform/provider/testing.ts';
import { crossing } from './crossing.ts';
import { type TestRoot, testRoot } from './root.ts';

jest.setTimeout(60_000);

const CONFIGURATION = `terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "data" {
  name     = "data"
  location = "swedencentral"

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags]
  }
}
resource "terraform_data" "kept" {
  input = 1

  lifecycle {
    prevent_destroy = true
  }
}
resource "terraform_data" "other" {
  input = 2
}
output "cluster_name" {
  value = "moodle"
}
`;
const DATA = 'azurerm_resource_group.data';
const KEPT = 'terraform_data.kept';

let root: TestRoot;
let providers: Awaited<ReturnType<typeof serveTestProviders>>;
beforeEach(async () => {
  providers = await serveTestProviders();
  root = testRoot(CONFIGURATION);
});
afterEach(async () => {
  await providers.stop();
  root.remove();
});

test('the plan shows all that goes and what must be named; nothing goes until all of it is', async () => {
  const { environment } = providers;
  expect((await root.run({ 'plan-key': '' }, { environment })).errors).toEqual([]);
  const { plan, apply } = crossing(root);

  const shown = await plan({ destroy: 'true', 'outputs-of': 'platform' }, environment);
  expect(shown.errors).toEqual([]);
  expect(shown.outputs).toMatchObject({ outcome: 'planned', 'destroy-count': '3', 'has-destroys': 'true' });
  const both = `${DATA}, ${KEPT}`;
  expect(shown.warnings[0]).toContain(
    `This plan deletes ${both}, and with it what is stored there; it would be refused.`,
  );
  expect(shown.warnings[1]).toBe('This plan deletes terraform_data.other.');

  const half = await apply({ destroy: 'true', 'allow-destroy': KEPT }, { environment });
  expect(half.outputs['failure-reason']).toBe('destroy-refused');
  expect(half.errors[0]).toContain(`allowDestroy: ["${DATA}"]`);
  expect(providers.cloud.resources.size).toBe(1);

  const gone = await apply({ destroy: 'true', 'allow-destroy': `${DATA}\n${KEPT}` }, { environment });
  expect(gone.errors).toEqual([]);
  expect(gone.outputs).toMatchObject({ outcome: 'applied', 'destroy-count': '3' });
  expect(providers.cloud.resources.size).toBe(0);
  expect(existsSync(join(root.workspace, 'infra/moodle_high_scale_destroy_override.tf'))).toBe(false);

  const again = await plan({ destroy: 'true', 'outputs-of': 'platform' }, environment);
  expect(again.outputs).toMatchObject({ outcome: 'unchanged', 'destroy-count': '0' });
});

test('it is part of what was reviewed, and goes with nothing that makes something', async () => {
  const { environment } = providers;
  await root.run({ 'plan-key': '' }, { environment });
  const { plan, apply } = crossing(root);
  await plan({}, environment);
  const stopped = await apply({ destroy: 'true', 'allow-destroy': `${DATA}\n${KEPT}` }, { environment });
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  const mixed = await root.run({ mode: 'plan', destroy: 'true', 'refresh-only': 'true' });
  expect(mixed.errors).toEqual([
    'Input "destroy" takes everything away; it cannot be given with "refresh-only" or "replace".',
  ]);
});
