/**
 * docs/adopt.md, walked: every command of its ten steps runs, with git, jq, openssl and the real Terraform, stand-ins for `gh` and
 * Azure, and a copy of this repository's last commit where GitHub would be. Left out is step 2, which the rehearsals of
 * pipelines.test.ts run.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseEnvironment } from '../../.github/actions/environment/src/parse.ts';
import { subjectOf } from '../../rehearsal/github/oidc.ts';
import { serveTestProviders, testAccount } from '../../rehearsal/terraform/provider/testing.ts';
import { pushed, stepsOf, type Walked, walk } from './walk.ts';

jest.setTimeout(120_000);

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'adopt-test-'));
const GUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const names = ['development', 'staging', 'production'];
const steps = stepsOf(readFileSync(join(root, 'docs/adopt.md'), 'utf8'));
let served: Awaited<ReturnType<typeof serveTestProviders>>;
let walked: Walked;

beforeAll(async () => {
  served = await serveTestProviders();
  const typed = (step: number, commands: string): string =>
    step === 2 ? '' : commands.replace('00000000-0000-0000-0000-000000000000', testAccount.subscriptionId);
  walked = await walk(home, steps, typed, served.environment);
});
afterAll(async () => {
  await served.stop();
  rmSync(home, { recursive: true, force: true });
});

test('there are ten steps, each with a command', () => {
  expect([...steps.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('step 3 leaves one place to fill in', () => {
  expect(walked.printed.get(3)?.split('\n').slice(1)).toEqual(['./.github/CODEOWNERS:2:* @OWNER/moodle-operators']);
});

test('step 4 pushes the template, and nothing runs by that', () => {
  for (const name of ['deploy', 'promote', 'preview']) {
    const text = pushed(walked.state, 'example/moodle', `.github/workflows/${name}.yml`);
    expect(text).toMatch(/uses: the-owner\/the-toolkit\/\.github\/workflows\/\w+\.yml@v1/);
    expect(Object.keys((parse(text) as { on: object }).on)).not.toContain('push');
  }
});

test('step 5 trusts both forms of the subject that GitHub gives a job, for each of six identities', () => {
  const { id, owner } = walked.state.repositories['example/moodle'] ?? { id: 0, owner: { id: 0 } };
  const printed = walked.printed.get(5) ?? '';
  for (const environment of names.flatMap((name) => [`${name}-plan`, `${name}-deploy`]))
    for (const immutableSubject of [false, true]) {
      const job = {
        repository: 'example/moodle',
        repositoryId: id,
        repositoryOwnerId: owner.id,
        immutableSubject,
        environment,
        eventName: 'workflow_dispatch',
        ref: 'refs/heads/main',
      };
      expect(printed).toContain(`= "${subjectOf(job)}"`);
    }
});

test.each(names)('step 5 makes %s.yml a valid file that names its two identities', (name) => {
  const text = pushed(walked.state, 'example/moodle', `environments/${name}.yml`);
  const { access } = parseEnvironment(text, `${name}.yml`, name);
  expect([access.plannerObjectIds, access.deployerObjectIds]).toEqual([[GUID], [GUID]]);
  expect(access.plannerObjectIds).not.toEqual(access.deployerObjectIds);
});

test('step 6 makes nine environments, with reviewers where the file wants them and one branch for what applies', () => {
  const { environments } = walked.state;
  expect(Object.keys(environments).sort()).toEqual(
    names.flatMap((name) => [name, `${name}-deploy`, `${name}-plan`]).sort(),
  );
  for (const name of names) {
    const { approval } = parse(pushed(walked.state, 'example/moodle', `environments/${name}.yml`)) as {
      approval: string;
    };
    expect([name, environments[name]?.reviewers.length]).toEqual([name, approval === 'required' ? 1 : 0]);
    expect(environments[`${name}-deploy`]).toEqual({ reviewers: [], branches: ['main'], customBranches: true });
    expect(environments[`${name}-plan`]).toEqual({ reviewers: [], branches: [], customBranches: false });
  }
  expect(walked.printed.get(6)).toMatch(/required_reviewers$/);
});

/** Names that the workflows of this repository read from a context. */
function readBy(context: 'vars' | 'secrets'): Set<string> {
  const folders = ['.github/workflows', 'examples/caller/.github/workflows'];
  const texts = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => readFileSync(join(root, folder, file), 'utf8')),
  );
  const names = texts.flatMap((text) => [...text.matchAll(new RegExp(`\\b${context}\\.(\\w+)`, 'g'))]);
  return new Set(names.map(([, name]) => name ?? ''));
}

test('steps 7 to 9 set what the workflows read, where they read it, and no more', () => {
  const { variables, secrets } = walked.state;
  const own = (kind: object): string[] => [...new Set(Object.keys(kind).map((key) => key.replace(/^.*\//, '')))];
  expect(own(variables).filter((name) => !readBy('vars').has(name))).toEqual([]);
  expect(own(secrets).filter((name) => !readBy('secrets').has(name))).toEqual([]);
  for (const identity of names.flatMap((name) => [`${name}-plan`, `${name}-deploy`])) {
    expect(variables[`${identity}/AZURE_CLIENT_ID`]).toEqual(GUID);
    expect(Buffer.from(secrets[`${identity}/PLAN_KEY`] ?? '', 'base64')).toHaveLength(32);
  }
  expect(new Set(Object.values(variables)).size).toBe(Object.keys(variables).length);
  expect(variables.TERRAFORM_BACKEND_CONFIG?.split('\n')).toContain('key={environment}/{root}.tfstate');
  // What a plan reads and these steps do not set must have a default.
  const needed = ['AZURE_TENANT_ID', 'AZURE_SUBSCRIPTION_ID', 'TERRAFORM_BACKEND_CONFIG', 'RUNNER'];
  expect(
    Object.keys(variables)
      .filter((key) => !key.includes('/'))
      .sort(),
  ).toEqual(needed.sort());
});

test('no secret was printed', () => {
  const printed = [...walked.printed.values()].join('\n');
  for (const secret of Object.values(walked.state.secrets)) expect(printed).not.toContain(secret);
});

test('step 10 starts the plan of an environment that there is', () => {
  expect(walked.state.runs).toEqual([{ workflow: 'deploy.yml', inputs: { environment: 'development', mode: 'plan' } }]);
});
