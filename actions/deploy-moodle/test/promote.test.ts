/** An image from another environment: the committed bundle as a process, against the Azure stand-in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
} from '../../../rehearsal/azure/testing.ts';
import { type ActionEnd, runAction } from '../../../test/support/action-process.ts';
import { promotedTag, readSource } from '../src/promote.ts';

jest.setTimeout(60_000);

let standIn: TestAzure;
let context: string;
/** The image that was built, by digest. */
let built: string;

const registryId = `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.resource_group_name}/providers/Microsoft.ContainerRegistry/registries/${testOutputs.registry_name}`;

beforeAll(async () => {
  standIn = await startTestAzure();
  await applyPlatform(standIn.azure);
  context = mkdtempSync(join(tmpdir(), 'promote-'));
  writeFileSync(join(context, 'Dockerfile'), 'FROM debian:trixie-slim\n');
  built = (await run({ 'image-context': context })).outputs.image ?? '';
});
afterAll(async () => {
  await standIn.stop();
  rmSync(context, { recursive: true, force: true });
});

const builds = () => standIn.azure.log().filter(({ path }) => /scheduleRun/.test(path)).length;

/** The stand-in has one registry, so the image goes to another repository of it. */
const promote = (inputs: Record<string, string> = {}): Promise<ActionEnd> =>
  run({
    'source-image': built,
    'source-registry-id': registryId,
    'image-repository': 'production-moodle',
    'registry-endpoint': standIn.azure.url,
    ...inputs,
  });

function run(inputs: Record<string, string>): Promise<ActionEnd> {
  return runAction({
    action: 'actions/deploy-moodle',
    inputs: {
      mode: 'apply',
      component: 'image',
      'registry-name': testOutputs.registry_name,
      'registry-login-server': testOutputs.registry_login_server,
      'resource-group': testOutputs.resource_group_name,
      'azure-tenant-id': testIds.tenantId,
      'azure-client-id': testIds.clientId,
      'azure-subscription-id': testIds.subscriptionId,
      'azure-authority-host': standIn.azure.url,
      'azure-resource-manager-endpoint': standIn.azure.url,
      ...inputs,
    },
    environment: { NODE_EXTRA_CA_CERTS: standIn.caFile, ...standIn.issuer.environment() },
  });
}

test('is planned, copied with its digest, and again is unchanged; nothing is built', async () => {
  const before = builds();
  const [, digest = ''] = built.split('@');
  const plan = await promote({ mode: 'plan' });
  expect(plan.errors).toEqual([]);
  expect(JSON.parse(plan.outputs.steps ?? '')).toEqual([
    {
      action: 'import',
      target: `production-moodle:${promotedTag(digest)}`,
      reason: `from ${testOutputs.registry_login_server}, ${digest.slice(0, 19)}…`,
    },
  ]);
  const end = await promote();
  expect(end.errors).toEqual([]);
  expect(end.outputs).toMatchObject({
    outcome: 'applied',
    image: `${testOutputs.registry_login_server}/production-moodle@${digest}`,
  });
  const again = await promote({ mode: 'plan' });
  expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]', image: end.outputs.image });
  expect(builds()).toBe(before);
  expect(end.log.replace(/^::add-mask::.*$/gm, '')).not.toMatch(/eyJ[\w-]{20}/);
});

test('a registry that a plan cannot look into is planned for, with why', async () => {
  const end = await promote({ mode: 'plan', 'image-repository': 'unseen', 'registry-endpoint': 'https://127.0.0.1:1' });
  expect(end.errors).toEqual([]);
  expect(end.outputs.outcome).toBe('planned');
  expect(end.log).toContain('Whether the image is in the registry already is not known from here');
});

test('an image that is not in the other registry is refused in its words', async () => {
  const missing = `${testOutputs.registry_login_server}/moodle@sha256:${'0'.repeat(64)}`;
  const end = await promote({ 'source-image': missing });
  expect(end.exitCode).toBe(1);
  expect(end.errors[0]).toMatch(/The manifest 'moodle@sha256:0+' is not found in the source registry/);
});

test.each([
  ['r.io/moodle:4.5', registryId, 'Input "source-image" must be by digest'],
  [`r.io/moodle@sha256:${'a'.repeat(64)}`, undefined, 'Input "source-image" needs "source-registry-id"'],
  [`r.io/moodle@sha256:${'a'.repeat(64)}`, 'dev', 'Input "source-image" needs "source-registry-id"'],
])('%s of %s is refused', (image, registry, message) => {
  expect(() => readSource(image, registry)).toThrow(message);
});
