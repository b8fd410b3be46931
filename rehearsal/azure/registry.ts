/** Azure Container Registry: ACR Tasks over Resource Manager (specification 2019-06-01-preview). */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeBlobs } from './blobs.ts';
import { executeBuild } from './build.ts';
import type { Faults } from './faults.ts';
import { type AzureState, type BuildRun, findResource, type Keeper } from './state.ts';
import { type Answer, type Call, isObject, jsonBody, NotSimulated, onlyFields, Refusal, type Route } from './wire.ts';

export interface RegistryOptions {
  keeper: Keeper;
  base: () => string;
  faults: Faults;
  /** How long a build waits for its agent; a build step takes a quarter of it. */
  buildStepMs: number;
  /** Images that the nodes may pull from elsewhere: exact references, or a prefix that ends in `*`. */
  publicImages: string[];
  /** Other clouds whose registries an image may be imported from. */
  neighbours: () => readonly AzureState[];
}

export function registryRoutes(options: RegistryOptions): Route[] {
  const blobs = makeBlobs(options);
  const registry =
    '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.ContainerRegistry/registries/:registry';
  return [
    {
      method: 'POST',
      path: `${registry}/listBuildSourceUploadUrl`,
      handle: (call) => {
        registryOf(call, options);
        const relativePath = `tasks-source/${Date.now().toString(36)}${randomBytes(8).toString('hex')}.tar.gz`;
        return { status: 200, json: { uploadUrl: blobs.sign(relativePath, 'cw'), relativePath } };
      },
    },
    { method: 'POST', path: `${registry}/scheduleRun`, handle: (call) => scheduleRun(call, options) },
    { method: 'GET', path: `${registry}/runs`, handle: (call) => listRuns(call, options) },
    {
      method: 'GET',
      path: `${registry}/runs/:run`,
      handle: (call) => ({ status: 200, json: runJson(call, runOf(call, options)) }),
    },
    {
      method: 'POST',
      path: `${registry}/runs/:run/listLogSasUrl`,
      handle: (call) => ({
        status: 200,
        json: { logLink: blobs.sign(`logs/${runOf(call, options).id}/rawtext.log`, 'r') },
      }),
    },
    { method: 'POST', path: `${registry}/runs/:run/cancel`, handle: (call) => cancelRun(call, options) },
    ...blobs.routes,
  ];
}

function registryOf(call: Call, { keeper }: RegistryOptions) {
  const id = call.url.pathname.split('/').slice(0, 9).join('/');
  const found = findResource(keeper.state, id);
  if (found === undefined)
    throw new Refusal(
      404,
      'ResourceNotFound',
      `The Resource 'Microsoft.ContainerRegistry/registries/${call.parameters.registry}' under resource group '${call.parameters.group}' was not found.`,
    );
  return found;
}

function runOf(call: Call, options: RegistryOptions): BuildRun {
  const registry = registryOf(call, options);
  const found = options.keeper.state.runs.find(
    ({ id, registry: of }) => id === call.parameters.run && of === registry.name,
  );
  if (found === undefined) throw new Refusal(404, 'RunNotFound', `The run '${call.parameters.run}' was not found.`);
  return found;
}

const requestFields = [
  'type',
  'imageNames',
  'isPushEnabled',
  'noCache',
  'sourceLocation',
  'dockerFilePath',
  'target',
  'arguments',
  'platform',
  'agentConfiguration',
  'agentPoolName',
  'timeout',
];

function scheduleRun(call: Call, options: RegistryOptions): Answer {
  const registry = registryOf(call, options);
  const body = jsonBody(call);
  onlyFields(body, requestFields, 'of scheduleRun: ');
  if (body.type !== 'DockerBuildRequest') throw new NotSimulated(`run request of type ${String(body.type)}`);
  const bad = (what: string) => new Refusal(400, 'InvalidRunRequest', what);
  const imageNames = Array.isArray(body.imageNames) ? body.imageNames.map(String) : [];
  if (imageNames.length === 0 || body.isPushEnabled !== true) throw new NotSimulated('a build that pushes nothing');
  for (const name of imageNames)
    if (!/^[a-z0-9]+([._/-][a-z0-9]+)*:[\w][\w.-]{0,127}$/.test(name))
      throw bad(`The image name '${name}' is not valid.`);
  if (!isObject(body.platform) || body.platform.os !== 'Linux') throw bad("The platform's os must be 'Linux'.");
  if (typeof body.dockerFilePath !== 'string') throw bad('dockerFilePath is required.');
  if (body.agentPoolName !== undefined && body.agentConfiguration !== undefined)
    throw bad('agentPoolName and agentConfiguration cannot be used together.');
  const archive = join(options.keeper.directory, 'blobs', String(body.sourceLocation).replace('tasks-source/', ''));
  if (!/^tasks-source\/\w+\.tar\.gz$/.test(String(body.sourceLocation)) || !existsSync(archive))
    throw bad(`The source location '${String(body.sourceLocation)}' does not exist.`);
  const given = Array.isArray(body.arguments) ? (body.arguments as { name: string; value: string }[]) : [];
  const build: BuildRun = {
    id: `c${(options.keeper.state.runs.length + 10).toString(36)}`,
    registry: registry.name,
    status: 'Queued',
    createTime: new Date().toISOString(),
    log: '',
    outputs: [],
  };
  options.keeper.state.runs.push(build);
  options.keeper.save();
  const stuck = options.faults.take(`BUILD ${imageNames.join(' ')}`);
  if (stuck === undefined)
    void executeBuild(
      build,
      {
        loginServer: String(registry.properties.loginServer),
        imageNames,
        dockerFilePath: body.dockerFilePath,
        ...(typeof body.target === 'string' ? { target: body.target } : {}),
        arguments: Object.fromEntries(given.map(({ name, value }) => [name, value])),
        archive,
      },
      options.keeper,
      options.buildStepMs,
    );
  return { status: 200, json: runJson(call, build) };
}

function runJson(call: Call, build: BuildRun): Record<string, unknown> {
  const registry = call.url.pathname.split('/').slice(0, 9).join('/');
  return {
    type: 'Microsoft.ContainerRegistry/registries/runs',
    id: `${registry}/runs/${build.id}`,
    name: build.id,
    properties: {
      runId: build.id,
      status: build.status,
      runType: 'QuickBuild',
      provisioningState: build.finishTime === undefined ? 'Running' : 'Succeeded',
      createTime: build.createTime,
      ...(build.startTime === undefined ? {} : { startTime: build.startTime }),
      ...(build.finishTime === undefined ? {} : { finishTime: build.finishTime }),
      ...(build.error === undefined ? {} : { runErrorMessage: build.error }),
      ...(build.outputs.length === 0 ? {} : { outputImages: build.outputs }),
      platform: { os: 'linux', architecture: 'amd64' },
      isArchiveEnabled: false,
    },
  };
}

/** Newest first, `$top` a page; the only filter is `Status eq '…'`. */
function listRuns(call: Call, options: RegistryOptions): Answer {
  const registry = registryOf(call, options);
  const query = call.url.searchParams;
  const filter = query.get('$filter');
  const status = /^Status eq '(\w+)'$/.exec(filter ?? '')?.[1];
  if (filter !== null && status === undefined) throw new NotSimulated(`runs with $filter=${filter}`);
  const top = Number(query.get('$top') ?? 10);
  const start = Number(query.get('$skiptoken') ?? 0);
  const all = options.keeper.state.runs
    .filter((build) => build.registry === registry.name && (status === undefined || build.status === status))
    .reverse();
  const next = new URL(call.url.pathname + call.url.search, options.base());
  next.searchParams.set('$skiptoken', String(start + top));
  const value = all.slice(start, start + top).map((build) => runJson(call, build));
  return { status: 200, json: { value, ...(start + top < all.length ? { nextLink: next.href } : {}) } };
}

function cancelRun(call: Call, options: RegistryOptions): Answer {
  const build = runOf(call, options);
  if (build.finishTime !== undefined)
    throw new Refusal(409, 'RunAlreadyCompleted', `The run '${build.id}' has already completed.`);
  Object.assign(build, { status: 'Canceled', finishTime: new Date().toISOString() });
  build.log += `Run ID: ${build.id} was canceled\r\n`;
  options.keeper.save();
  return { status: 200 };
}

/** Builds that a killed rehearsal left are lost, as when an agent dies. */
export function failUnfinishedBuilds({ state, save }: Keeper): void {
  for (const build of state.runs.filter(({ finishTime }) => finishTime === undefined)) {
    build.error = 'the agent was lost';
    build.startTime ??= new Date().toISOString();
    Object.assign(build, { status: 'Failed', finishTime: new Date().toISOString() });
  }
  save();
}
