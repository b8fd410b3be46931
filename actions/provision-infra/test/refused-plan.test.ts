/** Every plan file that is not the one for this apply is refused by its own name, before terraform is even started. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Crossing, crossing, RUN, TEST_KEY } from './crossing.ts';
import { SMALL, type TestRoot, testRoot } from './root.ts';

jest.setTimeout(60_000);

let root: TestRoot;
let run: Crossing;
let made: Buffer;
beforeAll(async () => {
  root = testRoot(SMALL);
  run = crossing(root);
  await run.plan();
  made = readFileSync(run.file);
});
afterAll(() => root.remove());

/** Applies a file, and expects a refusal without a call of terraform. */
async function refused(
  content: Buffer | undefined,
  inputs: Record<string, string> = {},
  environment: Record<string, string> = {},
): Promise<{ reason: string | undefined; message: string }> {
  if (content === undefined) rmSync(run.file, { force: true });
  else writeFileSync(run.file, content);
  const terraform = root.script('terraform', 'echo called >&2; exit 9');
  const end = await run.apply({ terraform, ...inputs }, { environment });
  expect(end.exitCode).toBe(1);
  expect(end.errors).toHaveLength(1);
  expect(end.outputs.outcome).toBeUndefined();
  return { reason: end.outputs['failure-reason'], message: end.errors[0] ?? '' };
}

const middle = (): Buffer => {
  const changed = Buffer.from(made);
  const at = made.length - 100;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
};

test.each<[string, () => Buffer | undefined, Record<string, string>, Record<string, string>, string, RegExp]>([
  ['tampered', middle, {}, {}, 'plan-tampered', /is not as it was made/],
  ['truncated', () => made.subarray(0, -10), {}, {}, 'plan-truncated', /is truncated: 10 of its bytes are missing/],
  ['missing', () => undefined, {}, {}, 'plan-missing', /does not exist; was the artifact with the plan downloaded/],
  [
    'of another commit',
    () => made,
    {},
    { GITHUB_SHA: 'beef' },
    'plan-wrong-commit',
    /made of commit 0123.* this is beef/,
  ],
  [
    'of another run',
    () => made,
    {},
    { GITHUB_RUN_ID: '4712' },
    'plan-foreign-run',
    /workflow run 4711 and this is run 4712/,
  ],
  [
    'of another repository',
    () => made,
    {},
    { GITHUB_REPOSITORY: 'evil/fork' },
    'plan-wrong-repository',
    /and this is evil\/fork/,
  ],
  [
    'of another workflow',
    () => made,
    {},
    { GITHUB_WORKFLOW_REF: `${RUN.GITHUB_REPOSITORY}/.github/workflows/x.yml@refs/heads/main` },
    'plan-wrong-workflow',
    /made by the workflow .*deploy\.yml.* and this is .*x\.yml/,
  ],
  [
    'of another environment',
    () => made,
    { environment: 'production' },
    {},
    'plan-wrong-environment',
    /of environment test and this is production/,
  ],
  ['with another key', () => made, { 'plan-key': `${TEST_KEY}x` }, {}, 'plan-wrong-key', /encrypted with another key/],
  [
    'of another state',
    () => made,
    { 'backend-config': 'path=elsewhere.tfstate' },
    {},
    'plan-wrong-state',
    /other settings of the backend/,
  ],
  ['of another workspace', () => made, { workspace: 'blue' }, {}, 'plan-wrong-state', /or in another workspace/],
])('a plan file %s', async (_, content, inputs, environment, reason, sentence) => {
  const refusal = await refused(content(), inputs, environment);
  expect(refusal.reason).toBe(reason);
  expect(refusal.message).toMatch(sentence);
});

test('a plan file of another root', async () => {
  root.write('infra/frontend/main.tf', 'terraform {\n  backend "local" {}\n}\n');
  const { reason } = await refused(made, { 'working-directory': 'infra/frontend' });
  expect(reason).toBe('plan-wrong-root');
  rmSync(join(root.workspace, 'infra/frontend'), { recursive: true });
});

test('a plan file that is too old', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const { reason, message } = await refused(made, { 'plan-expiry': '1s' });
  expect(reason).toBe('plan-expired');
  expect(message).toMatch(/The plan was made \d+ (s|min).* ago, and one is good for 1 s \(input "plan-expiry"\)/);
});

test('and the file that is none of these is applied, in a later attempt of the run too', async () => {
  writeFileSync(run.file, made);
  const end = await run.apply({}, { environment: { GITHUB_RUN_ATTEMPT: '2' } });
  expect(end.outputs.outcome).toBe('applied');
});
