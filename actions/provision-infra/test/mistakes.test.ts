import { afterEach, expect, test } from '@jest/globals';
import { SMALL, type TestRoot, testRoot } from './root.ts';

let root: TestRoot;
/** The output `failure-reason` of the last mistake. */
let reason: string | undefined;
let log: string;
afterEach(() => root.remove());

/** What a program prints that does not know `init -json` yet. */
const TOO_OLD = `case "$1" in
version) echo '{"terraform_version": "1.5.7"}' ;;
*) echo 'flag provided but not defined: -json' >&2; exit 1 ;;
esac`;

/** Runs, expects a failure and answers its one message. */
async function mistake(inputs: Record<string, string>, environment: Record<string, string> = {}): Promise<string> {
  const end = await root.run(inputs, { environment });
  expect(end.exitCode).toBe(1);
  expect(end.outputs.outcome).toBeUndefined();
  expect(end.errors).toHaveLength(1);
  ({ log } = end);
  reason = end.outputs['failure-reason'];
  return end.errors[0] ?? '';
}

test('wrong inputs are told together', async () => {
  root = testRoot(SMALL);
  const message = await mistake({ mode: 'destroy', environment: '', variables: '{"a":', parallelism: '0' });
  expect(message).toContain('Input "mode" must be one of plan, apply; it is "destroy".');
  expect(message).toContain('Input "environment" is required and was not given.');
  expect(message).toContain('Input "variables" must be JSON');
  expect(message).toContain('Input "parallelism" must be a whole number from 1 to 100; it is "0".');
  expect(reason).toBe('invalid-input');
});

test('variables must be an object', async () => {
  root = testRoot(SMALL);
  expect(await mistake({ variables: '[1]' })).toBe(
    'Input "variables" must be a JSON object, such as {"location": "swedencentral"}.',
  );
});

test('a working directory that is not there', async () => {
  root = testRoot(SMALL);
  expect(await mistake({ 'working-directory': 'infrastructure' })).toBe(
    'Input "working-directory" names infrastructure, which is not a folder; was the repository checked out before this step?',
  );
});

test('a working directory without configuration', async () => {
  root = testRoot(SMALL);
  root.write('docs/readme.md', '');
  expect(await mistake({ 'working-directory': 'docs' })).toBe(
    'Input "working-directory" names docs, which holds no Terraform files.',
  );
});

test('an unknown setting of the backend', async () => {
  root = testRoot(SMALL);
  expect(await mistake({ 'backend-config': 'containr_name=tfstate' })).toBe(
    'Invalid backend configuration argument: The backend configuration argument "containr_name" given on the command line is not expected for the selected backend type.',
  );
  expect(reason).toBe('init-failed');
}, 30_000);

test('a secret in the backend settings is refused before it reaches an argument list', async () => {
  root = testRoot(SMALL);
  const message = await mistake({ 'backend-config': 'access_key=abcdef0123456789' });
  expect(message).toContain('access_key is a secret');
  expect(message).not.toContain('abcdef0123456789');
});

test('an apply without a lock is refused', async () => {
  root = testRoot(SMALL);
  expect(await mistake({ lock: 'false' })).toBe('Input "lock" must be true when "mode" is apply.');
});

test('no terraform at all', async () => {
  root = testRoot(SMALL);
  expect(await mistake({}, { PATH: '/nowhere' })).toBe(
    'terraform >= 1.9 or tofu >= 1.8 is needed: terraform was not found, tofu was not found. Install one in a step before this one, or name it in the input "terraform".',
  );
  expect(reason).toBe('terraform-missing');
});

test('a terraform that is too old', async () => {
  root = testRoot(SMALL);
  const terraform = root.script('terraform', TOO_OLD);
  expect(await mistake({ terraform })).toContain(`${terraform} is version 1.5.7.`);
  expect(reason).toBe('terraform-missing');
});

test('auto passes over a terraform that is too old for a tofu that is not', async () => {
  root = testRoot(SMALL);
  root.script('terraform', TOO_OLD);
  const tofu = root.script(
    'tofu',
    `[ "$1" = init ] && echo '{"type":"version","@message":"","tofu":"1.8.2"}' || { echo 'fake tofu' >&2; exit 1; }`,
  );
  const end = await root.run({}, { environment: { PATH: `${tofu.replace(/\/tofu$/, '')}:/usr/bin:/bin` } });
  expect(end.log).toContain('tofu 1.8.2, root infra');
  expect(end.errors).toEqual(['terraform plan failed in infra: fake tofu']);
});

test('a syntax error names file and line', async () => {
  root = testRoot('resource "terraform_data" "one" {\n  input =\n}\n');
  const message = await mistake({});
  expect(message).toMatch(/^infra\/main\.tf:5: Invalid expression: /);
  expect(log).toContain('::error file=infra/main.tf,line=5::infra/main.tf:5: Invalid expression: ');
  expect(reason).toBe('validation-failed');
}, 30_000);

test('a value that the root refuses', async () => {
  root = testRoot(SMALL);
  expect(await mistake({ variables: '{"size": 200}' })).toContain('size is 200; give less than 100.');
  expect(reason).toBe('validation-failed');
}, 30_000);

test('a plan that would delete what must not be deleted', async () => {
  const kept = (trigger: number) =>
    `resource "terraform_data" "kept" {\n  triggers_replace = ${trigger}\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n`;
  root = testRoot(kept(1));
  expect((await root.run()).outputs.outcome).toBe('applied');
  root.write('infra/main.tf', kept(2));
  expect(await mistake({})).toBe(
    'The plan would delete or replace terraform_data.kept, which its prevent_destroy forbids: undo the change that leads to it.',
  );
  expect(reason).toBe('destroy-refused');
}, 30_000);

test('a variable that the root does not have is warned about', async () => {
  root = testRoot(SMALL);
  const end = await root.run({ mode: 'plan', variables: '{"sise": 3}' });
  expect(end.exitCode).toBe(0);
  expect(end.warnings).toHaveLength(1);
  expect(end.warnings[0]).toContain('Value for undeclared variable');
  expect(end.warnings[0]).toContain('"sise"');
}, 30_000);

test('a root that demands a newer terraform', async () => {
  root = testRoot('terraform {\n  required_version = ">= 99.0"\n}\n');
  expect(await mistake({})).toContain('Unsupported Terraform Core version');
}, 30_000);

test('an output with a wrong type', async () => {
  root = testRoot('output "web_replicas" {\n  value = "many"\n}\noutput "cluster_name" {\n  value = ["a"]\n}\n');
  const message = await mistake({ mode: 'plan' });
  expect(message).toContain('Output "web_replicas" of the root infra must be a whole number; it is "many".');
  expect(message).toContain('Output "cluster_name" of the root infra must be a text; it is a list.');
  expect(reason).toBe('outputs-invalid');
}, 30_000);
