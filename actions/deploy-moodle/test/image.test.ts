/** Component `image`: the committed bundle as a process, against the Azure stand-in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
} from '../../../rehearsal/azure/testing.ts';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';
import { contentTag, parseArguments } from '../src/image.ts';

jest.setTimeout(60_000);

let standIn: TestAzure;
let context: string;

beforeAll(async () => {
  standIn = await startTestAzure();
  await applyPlatform(standIn.azure);
});
afterAll(() => standIn.stop());
beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), 'image-context-'));
  mkdirSync(join(context, 'rootfs'));
  writeFileSync(join(context, 'Dockerfile'), 'FROM debian:trixie-slim\nARG VERSION=0\nCOPY rootfs/ /\n');
  writeFileSync(join(context, 'rootfs/hello'), `hello from ${context}\n`);
});
afterEach(() => rmSync(context, { recursive: true, force: true }));

const requests = (method: string, path: RegExp) =>
  standIn.azure.log().filter((entry) => entry.method === method && path.test(entry.path));
const builds = () => requests('POST', /scheduleRun/).length;

function run(inputs: Record<string, string> = {}, more: Partial<ActionRun> = {}): Promise<ActionEnd> {
  return runAction({
    action: 'actions/deploy-moodle',
    ...more,
    inputs: {
      mode: 'apply',
      component: 'image',
      'image-context': context,
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
    environment: { NODE_EXTRA_CA_CERTS: standIn.caFile, ...standIn.issuer.environment(), ...more.environment },
  });
}

describe('an image', () => {
  test('a plan names the content and builds nothing', async () => {
    const before = builds();
    const end = await run({ mode: 'plan' });
    expect(end.errors).toEqual([]);
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
      {
        action: 'build',
        target: expect.stringMatching(/^moodle:[0-9a-f]{20}$/),
        reason: 'this content was not built before',
      },
    ]);
    expect(end.outputs.image).toMatch(/^moodleproduction\.azurecr\.io\/moodle:[0-9a-f]{20}$/);
    expect(builds()).toBe(before);
  });

  test('is built once, shown as it builds, and given by digest; again is unchanged', async () => {
    const before = builds();
    const end = await run();
    expect(end.errors).toEqual([]);
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
    expect(end.outputs.image).toMatch(/^moodleproduction\.azurecr\.io\/moodle@sha256:[0-9a-f]{64}$/);
    expect(end.log).toMatch(/Step 3 of 3 \(\d+ s\): COPY rootfs\/ \//);
    const again = await run();
    expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]', image: end.outputs.image });
    expect(builds()).toBe(before + 1);
  });

  test('other content or other arguments are another image', async () => {
    const first = await run({ 'build-arguments': 'VERSION=1' });
    const second = await run({ 'build-arguments': 'VERSION=2' });
    writeFileSync(join(context, 'rootfs/hello'), 'changed\n');
    const third = await run({ 'build-arguments': 'VERSION=2' });
    const images = [first, second, third].map(({ outputs }) => outputs.image);
    expect(new Set(images).size).toBe(3);
    for (const { outputs } of [first, second, third]) expect(outputs.outcome).toBe('applied');
  });

  test('a build that fails says so with the end of its log', async () => {
    writeFileSync(join(context, 'Dockerfile'), 'FROM debian:trixie-slim\nCOPY missing /\n');
    const end = await run();
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(/^Build \w+ of moodle ended as Failed.*, after \d+ s:\n(.*\n)*.*missing/);
    expect(end.outputs.image).toBeUndefined();
  });

  test('a plan before the registry exists is planned, after infra', async () => {
    const unnamed = await run({ mode: 'plan', 'registry-name': '' });
    expect(unnamed).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(unnamed.outputs.steps).toContain('after infra');
    const unknown = await run({ mode: 'plan', 'registry-name': 'notyet' });
    expect(unknown.errors).toEqual([]);
    expect(unknown.outputs.steps).toContain('after infra');
  });

  test('an identity that may only read is told so, and nothing is built', async () => {
    const before = builds();
    const end = await run({ 'azure-client-id': testIds.readerId });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toHaveLength(1);
    expect(end.errors[0]).toMatch(/listBuildSourceUploadUrl/);
    expect(builds()).toBe(before);
  });

  test('a context without a Dockerfile is named', async () => {
    rmSync(join(context, 'Dockerfile'));
    const end = await run();
    expect(end).toMatchObject({ exitCode: 1, errors: [`There is no Dockerfile in the build context ${context}.`] });
  });
});

test('the tag depends on every argument, and on their order not at all', () => {
  expect(contentTag('h', { a: '1', b: '2' })).toBe(contentTag('h', { b: '2', a: '1' }));
  expect(contentTag('h', { a: '1' })).not.toBe(contentTag('h', { a: '2' }));
  expect(contentTag('h', {})).not.toBe(contentTag('g', {}));
});

test('a build argument may hold an equals sign', () => {
  expect(parseArguments(['URL=https://x/?a=b', 'EMPTY='])).toEqual({ URL: 'https://x/?a=b', EMPTY: '' });
});
