/** Image builds against the Azure stand-in's ACR Tasks. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyPlatform, startTestAzure, type TestAzure, testIds, testOutputs } from '../../rehearsal/azure/testing.ts';
import { type Clock, systemClock } from '../process/clock.ts';
import { packContext } from './build-context.ts';
import { selectCloud } from './cloud.ts';
import { type BuildRequest, buildImage, scheduleBody } from './container-build.ts';
import { findBuiltImage, getRegistry } from './container-registry.ts';
import { createCredential } from './credential.ts';
import { createResourceManager } from './resource-manager.ts';
import { testContext } from './testing.ts';

let standIn: TestAzure;
let folder: string;
beforeAll(async () => {
  standIn = await startTestAzure();
  folder = mkdtempSync(join(tmpdir(), 'build-test-'));
  await applyPlatform(standIn.azure);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await standIn.stop();
});

function context(name: string, files: Record<string, string>) {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  return packContext(directory, 'Dockerfile');
}

async function setUp(signal?: AbortSignal) {
  const inputs = {
    azureCloud: 'public',
    azureAuthorityHost: standIn.azure.url,
    azureResourceManagerEndpoint: standIn.azure.url,
  } as const;
  const job = testContext(inputs, { ACTIONS_ID_TOKEN_REQUEST_URL: 'set' }, signal);
  const cloud = selectCloud(inputs);
  const { tenantId, clientId, subscriptionId } = testIds;
  const requestIdToken = async () => standIn.issuer.token();
  const credential = createCredential({ ...job, cloud, tenantId, clientId, requestIdToken });
  const resourceManager = createResourceManager({
    ...job,
    endpoint: cloud.resourceManager,
    audience: cloud.resourceManagerAudience,
    credential,
    subscriptionId,
  });
  const registry = await getRegistry(resourceManager, testOutputs.resource_group_name, testOutputs.registry_name);
  const limits = { timeoutMilliseconds: 20_000, queueTimeoutMilliseconds: 5000 };
  // Looks ten times as often as a real job: the stand-in's builds take a fraction of a second.
  const clock: Clock = { ...systemClock, sleep: (milliseconds, until) => systemClock.sleep(milliseconds / 10, until) };
  return { ...job, clock, resourceManager, registry, ...limits };
}

const request = (buildContext: BuildRequest['context'], tag: string): BuildRequest => ({
  context: buildContext,
  dockerfile: 'Dockerfile',
  repository: 'moodle',
  tags: [tag],
  buildArguments: {},
});

const dockerfile =
  'ARG BASE=debian:bookworm\nFROM $BASE\nCOPY app /srv/app\nRUN true \\\n  && echo ok\nCMD ["/srv/app"]\n';

describe('buildImage', () => {
  test('builds, follows the log, gives the digest, and the nodes find the image by tag and by digest', async () => {
    const options = await setUp();
    const built = await buildImage(request(context('good', { Dockerfile: dockerfile, app: 'hello' }), 'v1'), options);
    expect(built.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(options.log.lines.join('\n')).toMatch(/Step 4 of 5 \(\d+ s\): RUN true && echo ok/);
    expect(options.log.lines.at(-1)).toMatch(/^Run ID: \w+ was successful after \d+s$/);
    const image = standIn.azure.image('moodleproduction.azurecr.io/moodle:v1');
    expect(image.digest).toBe(built.digest);
    expect(readFileSync(join(image.directory ?? '', 'app'), 'utf8')).toBe('hello');
    expect(standIn.azure.image(`moodleproduction.azurecr.io/moodle@${built.digest}`).digest).toBe(built.digest);
    expect(() => standIn.azure.image('moodleproduction.azurecr.io/moodle:other')).toThrow('not found');
    const { resourceManager, registry } = options;
    expect(await findBuiltImage(resourceManager, registry, 'moodle', 'v1')).toBe(built.digest);
    expect(await findBuiltImage(resourceManager, registry, 'moodle', 'v2')).toBeUndefined();
    expect(standIn.azure.notSimulated()).toEqual([]);
  });

  test('the upload goes without our token, and its signature is masked', async () => {
    const options = await setUp();
    await buildImage(request(context('masked', { Dockerfile: dockerfile, app: 'x' }), 'v3'), options);
    // Storage refuses a request that carries a bearer token: the stand-in too, so the upload had none.
    expect(standIn.azure.log()).toContainEqual(expect.objectContaining({ method: 'PUT', status: 201 }));
    expect(options.masked.length).toBeGreaterThanOrEqual(3);
    expect(options.log.lines.join('\n')).not.toMatch(/sig=/);
  });

  test.each<[string, string, RegExp]>([
    ['a source that the context lacks', 'FROM a:1\nCOPY nothing /x\n', /COPY failed: file not found in build context/],
    ['an unknown instruction', 'FROM a:1\nCOPPY app /x\n', /unknown instruction: COPPY/],
    ['a mount, which needs BuildKit', 'FROM a:1\nRUN --mount=type=cache,target=/x true\n', /requires BuildKit/],
    ['a here-document, which needs BuildKit', 'FROM a:1\nRUN <<EOF\n', /here-documents need BuildKit/],
    ['no stage', 'RUN true\n', /no build stage/],
  ])('fails with the end of the log: %s', async (name, text, reason) => {
    const buildContext = context(name.replaceAll(/\W/g, '-'), { Dockerfile: text, app: '' });
    const failing = buildImage(request(buildContext, 'bad'), await setUp());
    await expect(failing).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(reason) });
    await expect(failing).rejects.toThrow(/^Build \w+ of moodle ended as Failed.*, after \d+ s:\n/);
  });

  test('a build that gets no agent is given up and cancelled', async () => {
    standIn.azure.addFaults([{ match: 'BUILD moodle:stuck' }]);
    const options = { ...(await setUp()), queueTimeoutMilliseconds: 500 };
    const stuck = buildImage(request(context('stuck', { Dockerfile: dockerfile, app: '' }), 'stuck'), options);
    await expect(stuck).rejects.toThrow(/got no agent within .* must reach Azure Storage/);
    expect(standIn.azure.log().at(-1)?.path).toMatch(/\/runs\/\w+\/cancel$/);
    expect(options.log.lines).toContain('The build in Azure was cancelled too.');
  });

  test('a cancelled job cancels its build', async () => {
    standIn.azure.addFaults([{ match: 'BUILD moodle:cancelled' }]);
    const controller = new AbortController();
    const options = await setUp(controller.signal);
    const building = buildImage(
      request(context('cancelled', { Dockerfile: dockerfile, app: '' }), 'cancelled'),
      options,
    );
    setTimeout(() => controller.abort(new Error('cancelled')), 400);
    await expect(building).rejects.toThrow('cancelled');
    expect(standIn.azure.log().at(-1)).toMatchObject({
      method: 'POST',
      status: 200,
      path: expect.stringMatching(/\/cancel$/),
    });
  });

  test('an expired log address is asked for again', async () => {
    const options = await setUp();
    standIn.azure.addFaults([{ match: 'GET /blobs/logs', status: 403, code: 'AuthenticationFailed' }]);
    const built = await buildImage(request(context('expired', { Dockerfile: dockerfile, app: 'e' }), 'v4'), options);
    expect(built.digest).toMatch(/^sha256:/);
  });
});

test('scheduleBody says what is given and nothing else', () => {
  const buildContext = { archive: Buffer.alloc(0), contentHash: '', files: 0 };
  expect(scheduleBody({ ...request(buildContext, 'a'), buildArguments: { MOODLE: '4.5' } }, 'src', 61_001)).toEqual({
    type: 'DockerBuildRequest',
    imageNames: ['moodle:a'],
    isPushEnabled: true,
    sourceLocation: 'src',
    dockerFilePath: 'Dockerfile',
    platform: { os: 'Linux', architecture: 'amd64' },
    timeout: 62,
    arguments: [{ name: 'MOODLE', value: '4.5', isSecret: false }],
  });
  const more = scheduleBody({ ...request(buildContext, 'a'), target: 'web', agentPool: 'pool' }, 'src', 1000);
  expect(more).toMatchObject({ target: 'web', agentPoolName: 'pool' });
});
