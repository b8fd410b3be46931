/** Plan, gate, apply, with real terraform and the committed bundle: what was reviewed is what is applied. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type Crossing, crossing, TEST_KEY } from './crossing.ts';
import { SMALL, type TestRoot, testRoot } from './root.ts';

jest.setTimeout(60_000);

let root: TestRoot;
let run: Crossing;
const begin = (configuration: string): void => {
  root = testRoot(configuration);
  run = crossing(root);
};
afterEach(() => root.remove());

const stateFile = (): string => join(root.workspace, 'state/test-infra.tfstate');
const state = (): string => (existsSync(stateFile()) ? readFileSync(stateFile(), 'utf8') : '');

/** A terraform that counts its calls, each on a line of the file `calls`. */
function counting(): { terraform: string; calls: () => string[] } {
  const file = join(root.workspace, 'calls');
  const terraform = root.script('terraform', `echo "$1" >> '${file}'\nexec terraform "$@"`);
  return { terraform, calls: () => readFileSync(file, 'utf8').trim().split('\n') };
}

test('plan, apply exactly that, and again: three and five processes, and nothing to do', async () => {
  begin(SMALL);
  const planning = counting();
  const plan = await run.plan({ terraform: planning.terraform });
  expect(plan.errors).toEqual([]);
  expect(plan.outputs).toMatchObject({ outcome: 'planned', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(plan.outputs['failure-reason']).toBeUndefined();
  expect(planning.calls()).toEqual(['init', 'plan', 'show']);
  root.write('calls', '');

  const applied = await run.apply({ terraform: planning.terraform });
  expect(applied).toMatchObject({ exitCode: 0, errors: [] });
  expect(applied.outputs).toMatchObject({
    outcome: 'applied',
    fingerprint: plan.outputs.fingerprint,
    'database-host': 'host-1',
  });
  expect(applied.log).toContain('The plan of now is the reviewed one.');
  expect(planning.calls().filter((call) => call !== '')).toEqual(['init', 'plan', 'show', 'apply', 'output']);

  const again = await run.plan();
  expect(again.outputs).toMatchObject({ outcome: 'unchanged' });
  const unchanged = await run.apply();
  expect(unchanged.outputs).toMatchObject({ outcome: 'unchanged', 'web-replicas': '1' });
});

test('a variable that changes in between stops the apply, with the comparison in log and summary', async () => {
  begin(SMALL);
  await run.plan({ variables: '{"size": 3}' });
  const stopped = await run.apply({ variables: '{"size": 4}' });
  expect(stopped.exitCode).toBe(1);
  expect(stopped.errors).toEqual([expect.stringContaining('is not what was reviewed, so nothing was applied')]);
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  expect(stopped.outputs.outcome).toBeUndefined();
  expect(stopped.log).toContain('Variables with another value: size.');
  expect(stopped.log).toContain('terraform_data.one: reviewed create, now create');
  expect(stopped.log).toContain('  input: reviewed 3, now 4');
  expect(stopped.summary).toContain('| `terraform_data.one` | create | create |');
  expect(stopped.summary).toContain('| &emsp;`input` | `3` | `4` |');
  expect(state()).toBe('');

  expect((await run.apply({ variables: '{"size": 3}' })).outputs.outcome).toBe('applied');
});

test('a second plan is compared with the first, and stops where it is another', async () => {
  begin(SMALL);
  const { outputs } = await run.plan({ variables: '{"size": 3}' });
  const reviewed = join(root.workspace, 'reviewed.plan');
  copyFileSync(outputs['plan-file'] ?? '', reviewed);
  const same = await run.plan({ variables: '{"size": 3}', 'reviewed-plan': reviewed });
  expect(same).toMatchObject({ exitCode: 0, outputs: { fingerprint: outputs.fingerprint } });
  const stopped = await run.plan({ variables: '{"size": 4}', 'reviewed-plan': reviewed });
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  expect(stopped.log).toContain('  input: reviewed 3, now 4');
  expect(state()).toBe('');
});

test('a resource more, and one less, are told', async () => {
  begin(SMALL);
  await run.plan();
  root.write('infra/main.tf', `${SMALL.replace('["a", "b"]', '["b"]')}resource "terraform_data" "added" {}\n`);
  const stopped = await run.apply();
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  expect(stopped.log).toContain('The files of the root, or of its variables, are others.');
  expect(stopped.log).toContain('terraform_data.added: reviewed nothing, now create');
  expect(stopped.log).toContain('terraform_data.each["a"]: reviewed create, now nothing');
  expect(state()).toBe('');
});

test('a secret that changes stops the apply too, and is in no output, log, summary or file', async () => {
  begin('variable "password" {\n  sensitive = true\n}\nresource "terraform_data" "a" {\n  input = var.password\n}\n');
  const plan = await run.plan({ variables: '{"password": "hush-4711-hush"}' });
  const stopped = await run.apply({ variables: '{"password": "hush-4712-hush"}' });
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  expect(stopped.log).toContain('input: reviewed (secret), now (secret, another value)');
  for (const end of [plan, stopped]) expect(JSON.stringify(end)).not.toMatch(/hush-471\d-hush/);
  expect(readFileSync(run.file).includes('hush')).toBe(false);
  expect(readFileSync(plan.outputs['plan-json-path'] ?? '', 'utf8')).not.toContain('hush');
});

test('a variable that changes nothing may change', async () => {
  begin(`${SMALL}variable "note" {\n  default = ""\n}\n`);
  await run.plan({ variables: '{"note": "one"}' });
  expect((await run.apply({ variables: '{"note": "another"}' })).outputs.outcome).toBe('applied');
});

test('a set that is written in another order is the same', async () => {
  const set = (...items: string[]) => `resource "terraform_data" "a" {\n  input = toset(${JSON.stringify(items)})\n}\n`;
  begin(set('x', 'z', 'y'));
  const { fingerprint } = (await run.plan()).outputs;
  root.write('infra/main.tf', set('y', 'x', 'z'));
  expect((await run.plan()).outputs.fingerprint).toBe(fingerprint);
});

test('without a key a plan is a preview: nothing is left that could be applied, and it says so', async () => {
  begin(SMALL);
  const plan = await run.plan({ 'plan-key': '' });
  expect(plan.outputs['plan-file']).toBeUndefined();
  expect(plan.outputs.fingerprint).toBeUndefined();
  expect(plan.log).toContain('this plan is a preview, and no plan file is left');
  expect(existsSync(run.file)).toBe(false);
});

test('an update and a deletion cross the gate like a creation', async () => {
  begin(SMALL);
  await root.run();
  root.write('infra/main.tf', SMALL.replace('["a", "b"]', '["a"]'));
  const plan = await run.plan({ variables: '{"size": 2}' });
  expect(plan.outputs).toMatchObject({ 'update-count': '1', 'destroy-count': '1', 'has-destroys': 'true' });
  const applied = await run.apply({ variables: '{"size": 2}' });
  expect(applied.outputs).toMatchObject({ outcome: 'applied', 'database-host': 'host-2' });
});

describe('somebody else applies in between', () => {
  test('the same: there is nothing left to do', async () => {
    begin(SMALL);
    await run.plan();
    await root.run();
    const end = await run.apply();
    expect(end).toMatchObject({ exitCode: 0, errors: [] });
    expect(end.outputs.outcome).toBe('unchanged');
    expect(end.log).toContain('continues a reviewed plan that was partly applied');
  });

  test('something else: it stops', async () => {
    begin(SMALL);
    await run.plan();
    await root.run({ variables: '{"size": 9}' });
    const end = await run.apply();
    expect(end.outputs['failure-reason']).toBe('plan-changed');
    expect(end.log).toContain('terraform_data.one: reviewed create, now update');
  });

  test('a state that was only written again: terraform refuses the file, and the same plan of now is applied', async () => {
    begin('resource "terraform_data" "a" {}\noutput "cluster_name" {\n  value = "x"\n}\n');
    await root.run();
    root.write(
      'infra/main.tf',
      'resource "terraform_data" "a" {\n  input = 1\n}\noutput "cluster_name" {\n  value = "x"\n}\n',
    );
    await run.plan();
    const moved = JSON.parse(state()) as { serial: number };
    root.write('state/test-infra.tfstate', JSON.stringify({ ...moved, serial: moved.serial + 1 }));
    const end = await run.apply();
    expect(end).toMatchObject({ exitCode: 0, errors: [] });
    expect(end.log).toContain('terraform does not take the reviewed file. The plan of now does the same');
    expect(end.outputs.outcome).toBe('applied');
  });
});

describe('a plan of what is not known yet', () => {
  const FRONT = `
variable "service_name" {
  type    = string
  default = ""
}
variable "tier" {
  type    = string
  default = "low"
}
resource "terraform_data" "origin" {
  input = var.service_name
}
resource "terraform_data" "extra" {
  count = var.tier == "high" ? 1 : 0
}
`;
  const later = { 'variables-known-later': 'service_name' };

  test('is provisional: its shape is reviewed, and its values may be others', async () => {
    begin(FRONT);
    const plan = await run.plan({ ...later, variables: '{"service_name": ""}' });
    expect(plan.warnings).toEqual([
      expect.stringContaining('This plan is provisional: service_name will be known later.'),
    ]);
    const end = await run.apply({ ...later, variables: '{"service_name": "moodle-pls"}' });
    expect(end).toMatchObject({ exitCode: 0, errors: [] });
    expect(end.log).toContain('The reviewed plan was provisional: service_name had no value yet.');
    expect(state()).toContain('moodle-pls');
  });

  test('stops when the shape is another, or a variable that was known', async () => {
    begin(FRONT);
    await run.plan({ ...later, variables: '{"service_name": ""}' });
    const changed = await run.apply({ ...later, variables: '{"service_name": "x", "tier": "high"}' });
    expect(changed.outputs['failure-reason']).toBe('plan-changed');
    expect(changed.log).toContain('Variables with another value: tier.');
    root.write('infra/more.tf', 'resource "terraform_data" "more" {}\n');
    const more = await run.apply({ ...later, variables: '{"service_name": "x"}' });
    expect(more.outputs['failure-reason']).toBe('plan-changed');
    expect(more.log).toContain('terraform_data.more: reviewed nothing, now create');
    expect(state()).toBe('');
  });

  test('is not provisional once everything is known', async () => {
    begin(FRONT);
    const plan = await run.plan({ ...later, variables: '{"service_name": "moodle-pls"}' });
    expect(plan.warnings).toEqual([]);
    const end = await run.apply({ ...later, variables: '{"service_name": "other"}' });
    expect(end.outputs['failure-reason']).toBe('plan-changed');
  });
});

test('a key that can be guessed, and one without a plan or the other way round', async () => {
  begin(SMALL);
  const weak = await run.plan({ 'plan-key': 'correct horse battery staple' });
  expect(weak.errors[0]).toContain('Input "plan-key" has 28 characters; it must be at least 32 random characters.');
  expect(weak.log.replace('::add-mask::correct horse battery staple', '')).not.toContain('correct horse');
  expect((await root.run({ 'plan-key': TEST_KEY })).errors[0]).toContain('"reviewed-plan" is needed in mode apply');
  expect((await run.apply({ 'plan-key': '' })).errors[0]).toContain('"plan-key" is needed to open "reviewed-plan"');
});
