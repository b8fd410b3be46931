import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { SMALL, type TestRoot, testRoot } from './root.ts';

let root: TestRoot;
afterEach(() => root.remove());

function state(): { serial: number; resources: unknown[] } {
  return JSON.parse(readFileSync(join(root.workspace, 'state/test-infra.tfstate'), 'utf8'));
}

test('plan shows every step, outputs what is known and changes nothing', async () => {
  root = testRoot(SMALL);
  const end = await root.run({ mode: 'plan', variables: '{"size": 3}' });
  expect(end.errors).toEqual([]);
  expect(end.exitCode).toBe(0);
  expect(end.outputs).toMatchObject({
    outcome: 'planned',
    'create-count': '3',
    'update-count': '0',
    'cluster-name': 'moodle-3',
    'web-replicas': '3',
  });
  expect(end.outputs['database-host']).toBeUndefined();
  expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
    { action: 'create', target: 'terraform_data.each["a"]', reason: '' },
    { action: 'create', target: 'terraform_data.each["b"]', reason: '' },
    { action: 'create', target: 'terraform_data.one', reason: '' },
  ]);
  expect(end.summary).toContain('Infrastructure: infra (test)');
  expect(end.summary).toContain('<code>terraform_data.one</code>');
  expect(existsSync(join(root.workspace, 'state/test-infra.tfstate'))).toBe(false);
}, 30_000);

test('apply does exactly the plan and hands on typed outputs; a second run changes nothing', async () => {
  root = testRoot(SMALL);
  const first = await root.run();
  expect(first).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
  expect(first.outputs).toMatchObject({
    outcome: 'applied',
    'create-count': '3',
    'cluster-name': 'moodle-1',
    'database-host': 'host-1',
    'web-replicas': '1',
  });
  expect(Object.keys(first.outputs)).not.toContain('something-of-their-own');
  expect(first.log).toContain('terraform_data.one: Creation complete');
  const { serial } = state();

  const second = await root.run();
  expect(second.outputs).toMatchObject({
    outcome: 'unchanged',
    steps: '[]',
    'create-count': '0',
    'database-host': 'host-1',
  });
  expect(second.summary).toContain('**No changes.**');
  expect(state().serial).toBe(serial);
}, 30_000);

test('an update names the attributes that change, not their values', async () => {
  root = testRoot(SMALL);
  await root.run();
  const end = await root.run({ mode: 'plan', variables: '{"size": 42}' });
  expect(end.outputs).toMatchObject({ outcome: 'planned', 'update-count': '1', 'create-count': '0' });
  expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
    { action: 'update', target: 'terraform_data.one', reason: 'input, output' },
  ]);
  expect(end.warnings).toEqual([]);
}, 30_000);

test('what is deleted or replaced comes first, with a warning', async () => {
  const replaceable = 'resource "terraform_data" "kept" {\n  triggers_replace = SIZE\n}\n';
  root = testRoot(`${replaceable.replace('SIZE', '1')}resource "terraform_data" "gone" {}\n`);
  await root.run();
  root.write('infra/main.tf', `${replaceable.replace('SIZE', '2')}resource "terraform_data" "added" {}\n`);
  const plan = await root.run({ mode: 'plan' });
  expect(plan.outputs).toMatchObject({ 'replace-count': '1', 'destroy-count': '1', 'create-count': '1' });
  expect(JSON.parse(plan.outputs.steps ?? '')).toEqual([
    { action: 'replace', target: 'terraform_data.kept', reason: 'triggers_replace cannot be changed in place' },
    { action: 'delete', target: 'terraform_data.gone', reason: 'no longer in the configuration' },
    { action: 'create', target: 'terraform_data.added', reason: '' },
  ]);
  const sentence = 'This plan deletes or replaces terraform_data.kept, terraform_data.gone.';
  expect(plan.warnings).toEqual([sentence]);
  expect(plan.summary).toContain('[!CAUTION]');
  const apply = await root.run();
  expect(apply.warnings).toEqual([sentence]);
  expect(apply.outputs.outcome).toBe('applied');
}, 30_000);

test('a plan that changes outputs alone is a change', async () => {
  root = testRoot('output "cluster_name" {\n  value = "old"\n}\n');
  await root.run();
  root.write('infra/main.tf', 'output "cluster_name" {\n  value = "new"\n}\n');
  const end = await root.run();
  expect(end.outputs).toMatchObject({ outcome: 'applied', 'cluster-name': 'new' });
  expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
    { action: 'update', target: 'outputs', reason: 'cluster_name' },
  ]);
}, 30_000);

test('{environment} and {root} name the state; the folder’s last part is the root', async () => {
  root = testRoot(SMALL);
  root.write(
    'infra/frontend/main.tf',
    'terraform {\n  backend "local" {}\n}\noutput "host_name" {\n  value = "moodle.example.org"\n}\n',
  );
  const end = await root.run({ 'working-directory': 'infra/frontend', environment: 'blue' });
  expect(end.outputs).toMatchObject({ 'host-name': 'moodle.example.org' });
  expect(readdirSync(join(root.workspace, 'state'))).toEqual(['blue-frontend.tfstate']);
}, 30_000);

test('a folder that another environment was planned in is no obstacle', async () => {
  root = testRoot(SMALL);
  await root.run({ environment: 'blue' });
  const end = await root.run({ environment: 'green' });
  expect(end.outputs).toMatchObject({ outcome: 'applied', 'create-count': '3' });
}, 30_000);

test('sensitive outputs are masked and never leave', async () => {
  root = testRoot(`
resource "terraform_data" "password" {
  input = sensitive("hush-4711-hush")
}
output "key_vault_name" {
  value     = "hush-4711-hush"
  sensitive = true
}
output "cluster_name" {
  value = "moodle"
}
`);
  for (const mode of ['plan', 'apply']) {
    const end = await root.run({ mode });
    expect(end.exitCode).toBe(0);
    expect(end.outputs['cluster-name']).toBe('moodle');
    expect(Object.keys(end.outputs)).not.toContain('key-vault-name');
    expect(end.warnings).toEqual([
      'Output "key_vault_name" of infra is sensitive, or holds what is, and is not handed on.',
    ]);
    const masked = '::add-mask::hush-4711-hush';
    expect(end.log).toContain(masked);
    expect(end.log.replaceAll(masked, '')).not.toContain('hush-4711-hush');
    expect(JSON.stringify(end.outputs) + end.summary).not.toContain('hush');
  }
}, 30_000);

test('nothing of the plan is left in the temporary folder, and nothing but .terraform in the root', async () => {
  root = testRoot(SMALL);
  const temporary = join(root.workspace, 'temporary');
  mkdirSync(temporary);
  await root.run({}, { environment: { RUNNER_TEMP: temporary } });
  expect(readdirSync(temporary, { recursive: true })).toEqual([
    'moodle-high-scale-plans',
    'moodle-high-scale-plans/test-infra.json',
    'moodle-high-scale-plans/test-infra.md',
  ]);
  expect(readdirSync(join(root.workspace, 'infra')).sort()).toEqual(['.terraform', 'main.tf']);
}, 30_000);

test('the post step removes what a killed run left', async () => {
  root = testRoot(SMALL);
  const left = join(root.workspace, 'left');
  root.write('left/plan.tfplan', 'secret');
  const end = await root.run({}, { post: { 'temporary-directory': left } });
  expect(end.exitCode).toBe(0);
  expect(existsSync(left)).toBe(false);
}, 30_000);
