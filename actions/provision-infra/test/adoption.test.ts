import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type PlanJson, parsePlan } from '#toolkit/terraform/plan-json';
import { serveTestProviders } from '../../../rehearsal/terraform/provider/testing.ts';
import { judgeOrphans, orphansOf, renderImports } from '../src/adoption.ts';
import { groupOf } from '../src/resource-group.ts';
import { type TestRoot, testRoot } from './root.ts';

const exists = (id: string) =>
  `A resource with the ID "${id}" already exists - to be managed via Terraform this resource needs to be imported into the State.`;

describe('orphans', () => {
  test('are read from the errors, by address and id', () => {
    expect(
      orphansOf([{ summary: exists('/subscriptions/s/resourceGroups/g'), address: 'azurerm_resource_group.g' }]),
    ).toEqual([{ address: 'azurerm_resource_group.g', id: '/subscriptions/s/resourceGroups/g' }]);
  });

  test('are none when anything else went wrong too', () => {
    const errors = [
      { summary: exists('/x'), address: 'a.b' },
      { summary: 'quota exceeded', address: 'c.d' },
    ];
    expect(orphansOf(errors)).toEqual([]);
    expect(orphansOf([])).toEqual([]);
  });

  test('become import blocks that no id can break out of', () => {
    const [dollar, percent] = ['$', '%'];
    expect(renderImports([{ address: 'a.b["c"]', id: `x"${dollar}{y}${percent}{z}\n` }])).toBe(
      `import {\n  to = a.b["c"]\n  id = "x\\"${dollar}${dollar}{y}${percent}${percent}{z}\\n"\n}\n`,
    );
  });
});

describe('what is provably ours', () => {
  const group = '/subscriptions/s/resourceGroups/g';
  const change = (address: string, type: string, before: unknown, more: object = {}) => ({
    address,
    mode: 'managed' as const,
    type,
    change: { actions: ['no-op'], before, importing: { id: 'x' }, ...more },
  });
  const plan = (...changes: ReturnType<typeof change>[]): PlanJson =>
    parsePlan(JSON.stringify({ format_version: '1.2', resource_changes: changes }));
  const ours = { environment: 'test', 'managed-by': 'terraform' };
  const orphan = { address: 'a.b', id: `${group}/providers/x/y` };

  test.each([
    ['carries the tags of the environment', plan(change('a.b', 'a', { id: orphan.id, tags: ours }))],
    [
      'lies in a group of the root',
      plan(
        change('a.b', 'a', { id: orphan.id }),
        change('g', 'azurerm_resource_group', { id: group }, { importing: undefined }),
      ),
    ],
    [
      'lies in a group that is adopted with it',
      plan(
        change('a.b', 'a', { id: orphan.id }),
        change('g', 'azurerm_resource_group', { id: group.toUpperCase(), tags: ours }),
      ),
    ],
    ['is updated by the import', plan(change('a.b', 'a', { id: orphan.id, tags: ours }, { actions: ['update'] }))],
  ])('it %s', (_, seen) => {
    expect(judgeOrphans(seen, [orphan], 'test')).toEqual({ foreign: [], doubtful: [] });
  });

  test.each([
    ['has no tags', plan(change('a.b', 'a', { id: orphan.id }))],
    [
      'lies in a group of which the plan knows nothing good',
      plan(change('a.b', 'a', { id: orphan.id }), change('g', 'azurerm_resource_group', { id: group, tags: {} })),
    ],
    [
      'lies in a group whose name only begins alike',
      plan(
        change('a.b', 'a', { id: orphan.id }),
        change('g', 'azurerm_resource_group', { id: group.slice(0, -1) }, { importing: undefined }),
      ),
    ],
  ])('Azure is asked when it %s', (_, seen) => {
    expect(judgeOrphans(seen, [orphan], 'test')).toEqual({ foreign: [], doubtful: [orphan] });
  });

  test.each([
    ['is of another environment', plan(change('a.b', 'a', { id: orphan.id, tags: { ...ours, environment: 'prod' } }))],
    ['would be replaced', plan(change('a.b', 'a', { id: orphan.id, tags: ours }, { actions: ['delete', 'create'] }))],
    ['is not imported by the plan', plan(change('a.b', 'a', { id: orphan.id, tags: ours }, { importing: undefined }))],
    ['is not in the plan', plan()],
  ])('it is not ours when it %s', (_, seen) => {
    expect(judgeOrphans(seen, [orphan], 'test')).toEqual({ foreign: [orphan], doubtful: [] });
  });

  test('its group is read from its id; a group lies in none', () => {
    expect(groupOf(`${group}/providers/x/y`)).toBe(group);
    expect(groupOf(group)).toBeUndefined();
    expect(groupOf('/subscriptions/s')).toBeUndefined();
  });
});

describe('the bundle, after a run that was cut off', () => {
  const root = (environment: string) => `
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}
provider "azurerm" {
  features {}
}
locals {
  tags = { environment = "${environment}", managed-by = "terraform" }
}
resource "azurerm_resource_group" "platform" {
  name     = "moodle-test"
  location = "swedencentral"
  tags     = local.tags
}
resource "azurerm_virtual_network" "platform" {
  name                = "moodle"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  address_space       = ["10.64.0.0/16"]
}
`;
  let providers: Awaited<ReturnType<typeof serveTestProviders>>;
  let workspace: TestRoot;
  beforeEach(async () => {
    providers = await serveTestProviders();
    workspace = testRoot(root('test'));
  });
  afterEach(async () => {
    workspace.remove();
    await providers.stop();
  });
  const run = (inputs: Record<string, string> = {}) => workspace.run(inputs, { environment: providers.environment });
  const state = () => join(workspace.workspace, 'state/test-infra.tfstate');
  /** Azure keeps what was made; the state forgets it, as after a kill between the two. */
  const forget = () => rmSync(state());

  test('takes what it made into the state, and then there is nothing to do', async () => {
    expect((await run()).exitCode).toBe(0);
    const before = [...providers.cloud.resources.keys()].sort();
    forget();
    const again = await run();
    expect(again.errors).toEqual([]);
    expect(again.exitCode).toBe(0);
    expect(again.log).toContain(
      'azurerm_resource_group.platform was made by a run that was cut off; it is taken into the state.',
    );
    expect(again.log).toContain('azurerm_virtual_network.platform was made by a run that was cut off');
    expect([...providers.cloud.resources.keys()].sort()).toEqual(before);
    expect(existsSync(join(workspace.workspace, 'infra/moodle-high-scale-adopt.tf'))).toBe(false);
    expect((await run()).outputs.outcome).toBe('unchanged');
  });

  test("leaves another environment's resources alone, and says which", async () => {
    workspace.write('infra/main.tf', root('other'));
    expect(
      (await run({ 'backend-config': `path=${workspace.workspace}/other.tfstate`, environment: 'other' })).exitCode,
    ).toBe(0);
    const before = JSON.stringify([...providers.cloud.resources]);
    workspace.write('infra/main.tf', root('test'));
    const end = await run();
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toContain('not provably of environment test: azurerm_resource_group.platform');
    expect(JSON.stringify([...providers.cloud.resources])).toBe(before);
    expect(existsSync(state()) ? readFileSync(state(), 'utf8') : '').not.toContain('azurerm_resource_group');
  });
});
