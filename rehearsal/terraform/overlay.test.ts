import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { overlayTerraform } from './overlay.ts';
import { runTerraform } from './run.testing.ts';

const repository = resolve(import.meta.dirname, '../..');
const subscriptionId = '11111111-2222-4333-8444-555555555555';
const home = mkdtempSync(join(tmpdir(), 'overlay-test-'));
const workTree = join(home, 'tree');
const roots = ['infra', 'infra/frontend'];

/** What the Azure stand-in was told, and what it answers. */
const told: { key: string | undefined; body: { root: string; action: string; outputs: Record<string, unknown> } }[] =
  [];
let refusal: string | undefined;
let server: Server;
let environment: Record<string, string>;

beforeAll(async () => {
  cpSync(join(repository, 'infra'), join(workTree, 'infra'), {
    recursive: true,
    filter: (source) => !source.includes('.terraform'),
  });
  overlayTerraform(workTree, { subscriptionId });
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      told.push({ key: request.headers['x-rehearsal-key']?.toString(), body: JSON.parse(text) });
      response.statusCode = refusal === undefined ? 204 : 409;
      response.end(refusal);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  environment = { REHEARSAL_AZURE_URL: `http://127.0.0.1:${port}`, REHEARSAL_AZURE_KEY: 'secret-of-this-run' };
});

afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

function names(folder: string, kind: 'output' | 'variable'): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.tf'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(new RegExp(`^${kind} "(\\w+)"`, 'gm'))])
    .map(([, name]) => name ?? '')
    .sort();
}

describe.each(roots)('the contract of %s', (root) => {
  const real = join(repository, root);
  const overlaid = join(workTree, root);

  test('has the same variables, by the same file, and no other than the rehearsal’s own', () => {
    expect(readFileSync(join(overlaid, 'variables.tf'), 'utf8')).toBe(readFileSync(join(real, 'variables.tf'), 'utf8'));
    expect(names(real, 'variable').length).toBeGreaterThan(8);
    expect(names(overlaid, 'variable')).toEqual(
      [...names(real, 'variable'), 'rehearsal_limits', 'rehearsal_subscription_id'].sort(),
    );
  });

  test('has the same outputs', () => {
    expect(names(real, 'output').length).toBeGreaterThan(2);
    expect(names(overlaid, 'output')).toEqual(names(real, 'output'));
  });

  test('leaves nothing that needs a provider', () => {
    for (const file of readdirSync(overlaid).filter((name) => name.endsWith('.tf'))) {
      expect(readFileSync(join(overlaid, file), 'utf8')).not.toMatch(
        /^(resource|data|ephemeral) "(?!terraform_data")/m,
      );
    }
    expect(existsSync(join(overlaid, 'providers.tf'))).toBe(false);
  });
});

test('refuses a folder that is not a copy of the repository', () => {
  expect(() => overlayTerraform(join(home, 'nothing'), { subscriptionId })).toThrow('is not a Terraform root');
});

/** Runs terraform in an overlaid root with the variables of an environment. */
async function terraform(root: string, variables: Record<string, unknown>, ...args: string[]) {
  const file = join(home, 'variables.tfvars.json');
  writeFileSync(file, JSON.stringify(variables));
  return await runTerraform(
    join(workTree, root),
    args.map((arg) => arg.replace('VARIABLES', file)),
    environment,
  );
}

const platform = { environment: 'production', location: 'swedencentral', concurrent_users: 400_000, tags: { a: 'b' } };
const apply = ['apply', '-auto-approve', '-input=false', '-no-color', '-var-file=VARIABLES'];
const init = (state: string) => ['init', '-input=false', '-no-color', `-backend-config=path=${join(home, state)}`];

test('the platform comes into being, sized by the real model within the limits, and the stand-in is told', async () => {
  expect(await terraform('infra', platform, ...init('infra.tfstate'))).toMatchObject({ exitCode: 0 });
  expect(await terraform('infra', platform, ...apply)).toMatchObject({ exitCode: 0 });
  const shown = JSON.parse((await terraform('infra', platform, 'output', '-json')).stdout);
  const outputs = Object.fromEntries(
    Object.entries(shown).map(([name, output]) => [name, (output as { value: unknown }).value]),
  );
  expect(Object.keys(outputs).sort()).toEqual(names(join(repository, 'infra'), 'output'));
  expect(outputs).toMatchObject({
    cluster_name: 'moodle-production',
    database_host: expect.stringMatching(/^moodle-production-[0-9a-f]{6}\.postgres\.database\.azure\.com$/),
    workload_identity_client_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    redis_sessions_nodes: 6,
    redis_cache_nodes: 6,
    web_replicas: 2,
    cron_replicas: 1,
    pgbouncer_replicas: 2,
  });
  expect(told).toEqual([{ key: 'secret-of-this-run', body: { root: 'infra', action: 'apply', outputs } }]);

  const again = await terraform(
    'infra',
    platform,
    'plan',
    '-detailed-exitcode',
    '-input=false',
    '-no-color',
    '-var-file=VARIABLES',
  );
  expect(again.exitCode).toBe(0);
}, 60_000);

test('the real validations speak', async () => {
  const wrong = await terraform(
    'infra',
    { ...platform, concurrent_users: 5 },
    'plan',
    '-input=false',
    '-no-color',
    '-var-file=VARIABLES',
  );
  expect(wrong.exitCode).toBe(1);
  expect(wrong.stderr).toContain('concurrent_users is 5; give a whole number from 100 to 500000.');
}, 60_000);

test('an apply that the stand-in refuses fails with its sentence, the next one tells it again with the same nonce', async () => {
  const frontend = {
    environment: 'production',
    location: 'swedencentral',
    resource_group_name: 'moodle-production',
    node_resource_group_name: 'moodle-production-nodes',
    front_door_profile_name: 'moodle-production',
    front_door_endpoint_host: 'moodle-production-abc.z01.azurefd.net',
  };
  expect(await terraform('infra/frontend', frontend, ...init('frontend.tfstate'))).toMatchObject({ exitCode: 0 });
  refusal = 'The Private Link Service moodle-svc-pls was not found.';
  const refused = await terraform('infra/frontend', frontend, ...apply);
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout + refused.stderr).toContain(refusal);
  refusal = undefined;
  expect(await terraform('infra/frontend', frontend, ...apply)).toMatchObject({ exitCode: 0 });
  const [first, second] = told.filter(({ body }) => body.root === 'frontend');
  expect(second?.body.outputs).toEqual(first?.body.outputs);
  expect(second?.body.outputs).toMatchObject({
    host_name: 'moodle-production-abc.z01.azurefd.net',
    private_link_request_message: expect.stringMatching(/^moodle-high-scale\/production\/[0-9a-f]{32}$/),
    origin_id: `/subscriptions/${subscriptionId}/resourceGroups/moodle-production/providers/Microsoft.Cdn/profiles/moodle-production/originGroups/moodle/origins/moodle`,
  });

  expect(
    await terraform('infra/frontend', frontend, 'destroy', '-auto-approve', '-no-color', '-var-file=VARIABLES'),
  ).toMatchObject({ exitCode: 0 });
  expect(told.at(-1)?.body).toEqual({ root: 'frontend', action: 'destroy', outputs: {} });
}, 60_000);

test('the report says what is missing when it is not run by a rehearsal', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'report.mjs')], {
    env: {},
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('REHEARSAL_AZURE_URL');
});
