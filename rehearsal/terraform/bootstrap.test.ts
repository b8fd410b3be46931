/** The one-time root infra/bootstrap/, through the real terraform, on the stand-in providers. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { serveTestProviders, testRoot } from './provider/testing.ts';

jest.setTimeout(60_000);

const bootstrap = resolve(import.meta.dirname, '../../infra/bootstrap');
const home = mkdtempSync(join(tmpdir(), 'bootstrap-test-'));
let served: Awaited<ReturnType<typeof serveTestProviders>>;

beforeAll(async () => {
  served = await serveTestProviders();
});
afterAll(async () => {
  await served.stop();
  rmSync(home, { recursive: true, force: true });
});

const variables = {
  location: 'swedencentral',
  environments: ['development', 'production'],
  github_repository: { owner: 'Example', owner_id: 12345678, name: 'moodle', id: 1234567890123 },
};

async function root(name: string, values: object) {
  const folder = join(home, name);
  cpSync(bootstrap, folder, { recursive: true, filter: (source) => !source.includes('.terraform') });
  writeFileSync(join(folder, 'variables.auto.tfvars.json'), JSON.stringify(values));
  const made = testRoot(folder, served.environment);
  expect(await made.run('init', '-input=false')).toMatchObject({ exitCode: 0 });
  return made;
}

test('makes the state account and two identities for each environment, and says what GitHub needs', async () => {
  const made = await root('both', variables);
  await made.apply();
  expect(await made.isClean()).toBe(true);
  const shown = JSON.parse((await made.run('output', '-json')).stdout);
  const guid = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(Object.keys(shown.environment_variables.value)).toEqual([
    'development-deploy',
    'development-plan',
    'production-deploy',
    'production-plan',
  ]);
  expect(shown.environment_variables.value['production-plan']).toEqual({ AZURE_CLIENT_ID: guid });
  expect(shown.environment_file_access.value.production).toEqual({
    plannerObjectIds: [guid],
    deployerObjectIds: [guid],
  });
  expect(shown.repository_variables.value.TERRAFORM_BACKEND_CONFIG).toMatch(
    /^resource_group_name=moodle-pipeline\nstorage_account_name=moodlestate[0-9a-f]{6}\ncontainer_name=tfstate\nkey=\{environment\}\/\{root\}\.tfstate$/,
  );
  expect(shown.subjects.value).toMatchObject({
    'production-plan-classic': 'repo:Example/moodle:environment:production-plan',
    'production-deploy-immutable': 'repo:Example@12345678/moodle@1234567890123:environment:production-deploy',
  });
});

test('the identity that plans may write nothing in Azure but dry runs in a cluster', async () => {
  const { resources } = served.cloud;
  const identities = [...resources].filter(([key]) => key.startsWith('azurerm_user_assigned_identity '));
  const planner = identities.find(([key]) => key.endsWith('moodle-production-plan'))?.[1];
  const roles = [...resources.entries()]
    .filter(
      ([key, values]) => key.startsWith('azurerm_role_assignment ') && values.principal_id === planner?.principal_id,
    )
    .map(([, values]) => values.role_definition_name || 'cluster preview');
  expect(roles.sort()).toEqual(['Reader', 'Storage Blob Data Contributor', 'cluster preview']);
});

test.each([
  [
    'a repository with a slash',
    { github_repository: { ...variables.github_repository, owner: 'Example/x' } },
    'each without a slash',
  ],
  ['an id that is none', { github_repository: { ...variables.github_repository, id: 0 } }, 'whole numbers from 1 on'],
  ['no environment', { environments: [] }, 'give at least one name'],
  ['another form of subject', { subject_forms: ['short'] }, 'give classic, immutable or both'],
])('%s is refused before any plan', async (name, wrong, sentence) => {
  const made = await root(name.replaceAll(' ', '-'), { ...variables, ...wrong });
  const { exitCode, stderr } = await made.run('plan', '-input=false');
  expect(exitCode).toBe(1);
  expect(stderr.replace(/\s*\n[│ ]*/g, ' ')).toContain(sentence);
});
