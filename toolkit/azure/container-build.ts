/**
 * Building an image in Azure, by the quick builds of ACR Tasks: no Docker on the runner, and the image never passes
 * through it. The builder is the classic one: a Dockerfile that needs BuildKit does not build (Azure/acr issue 721).
 */
import { TimedOut, UserError } from '../errors.ts';
import { formatElapsed } from '../process/clock.ts';
import { type BlobOptions, createBlobs } from './blob.ts';
import type { BuildContext } from './build-context.ts';
import { type BuildSteps, followBuildSteps } from './build-steps.ts';
import { createLogReader, type LogReader } from './container-log.ts';
import { type BuildRun, type Registry, TASKS_API_VERSION } from './container-registry.ts';
import type { ResourceManager } from './resource-manager.ts';

/** What to build. */
export interface BuildRequest {
  context: BuildContext;
  /** Path in the context. */
  dockerfile: string;
  repository: string;
  tags: readonly string[];
  /** Build arguments. They stay in the image's history: never secrets. */
  buildArguments: Readonly<Record<string, string>>;
  target?: string;
  /** A pool in our own network, for a registry without public access. */
  agentPool?: string;
}

/** Where, and within what bounds. */
export interface BuildOptions extends BlobOptions {
  resourceManager: ResourceManager;
  registry: Registry;
  /** For the whole build. */
  timeoutMilliseconds: number;
  /** For the wait for an agent: a pool that cannot reach Storage leaves builds queued for ever. */
  queueTimeoutMilliseconds: number;
}

/** What came of it. */
export interface BuiltImage {
  runId: string;
  /** `sha256:…` */
  digest: string;
}

const LOOK_EVERY_MILLISECONDS = 1000;
const CANCEL_WITHIN_MILLISECONDS = 3000;
/** A step that downloads or compiles may be silent for minutes. */
const REPORT_EVERY_MILLISECONDS = 15_000;

/**
 * Builds and pushes; the builder's log goes to `log` as it comes. When the job is cancelled or the time runs out, the run
 * in Azure is cancelled too.
 *
 * @throws UserError when the build fails, with the end of its log; TimedOut
 */
export async function buildImage(request: BuildRequest, options: BuildOptions): Promise<BuiltImage> {
  const { resourceManager: arm, registry } = options;
  const blobs = createBlobs(options);
  const { uploadUrl, relativePath } = await arm.post<{ uploadUrl: string; relativePath: string }>(
    `${registry.id}/listBuildSourceUploadUrl`,
    TASKS_API_VERSION,
  );
  await blobs.put(uploadUrl, request.context.archive);
  const scheduled = await arm.post<{ properties: BuildRun }>(`${registry.id}/scheduleRun`, TASKS_API_VERSION, {
    body: scheduleBody(request, relativePath, options.timeoutMilliseconds),
  });
  const { runId } = scheduled.properties;
  const run = `${registry.id}/runs/${runId}`;
  options.log.info(`Queued build ${runId} of ${request.repository} in registry ${registry.name}.`);
  const requestLink = async () =>
    (await arm.post<{ logLink: string }>(`${run}/listLogSasUrl`, TASKS_API_VERSION)).logLink;
  try {
    const started = options.clock.now();
    const elapsed = () => options.clock.now() - started;
    const steps = followBuildSteps(elapsed);
    await follow(createLogReader(blobs, requestLink), { runId, run, steps, elapsed }, options);
    const { properties } = await arm.get<{ properties: BuildRun }>(run, TASKS_API_VERSION);
    return { runId, digest: digestOf(properties, request, steps, elapsed()) };
  } catch (error) {
    if (options.signal.aborted || error instanceof TimedOut) await cancel(run, options);
    throw error;
  }
}

/** The body of scheduleRun. Pure. */
export function scheduleBody(request: BuildRequest, sourceLocation: string, timeoutMilliseconds: number): object {
  return {
    type: 'DockerBuildRequest',
    imageNames: request.tags.map((tag) => `${request.repository}:${tag}`),
    isPushEnabled: true,
    sourceLocation,
    dockerFilePath: request.dockerfile,
    platform: { os: 'Linux', architecture: 'amd64' },
    timeout: Math.ceil(timeoutMilliseconds / 1000),
    arguments: Object.entries(request.buildArguments).map(([name, value]) => ({ name, value, isSecret: false })),
    ...(request.target === undefined ? {} : { target: request.target }),
    ...(request.agentPool === undefined ? {} : { agentPoolName: request.agentPool }),
  };
}

/** What is followed. */
interface Followed {
  runId: string;
  /** Its resource. */
  run: string;
  steps: BuildSteps;
  elapsed: () => number;
}

/** Shows the log, with the time at each step, until the run has ended and its log is complete. */
async function follow(
  reader: LogReader,
  { runId, run, steps, elapsed }: Followed,
  options: BuildOptions,
): Promise<void> {
  const { resourceManager, clock, log, signal, timeoutMilliseconds, queueTimeoutMilliseconds } = options;
  let shown = 0;
  let ended = false;
  for (;;) {
    const { lines, complete } = await reader.read();
    for (const line of lines) log.info(steps.see(line));
    if (lines.length > 0) shown = elapsed();
    // A run that ended before it got an agent has no log that could become complete.
    if (ended) return;
    const { properties } = await resourceManager.get<{ properties: BuildRun }>(run, TASKS_API_VERSION);
    const { status } = properties;
    ended = !['Queued', 'Started', 'Running'].includes(status);
    if (ended && complete) return;
    const now = elapsed();
    if (status === 'Queued' && now >= queueTimeoutMilliseconds)
      throw new TimedOut(
        `Build ${runId} got no agent within ${formatElapsed(now)}; an agent pool in a network must reach Azure Storage, Event Hubs, Key Vault, Microsoft Entra ID and Azure Monitor.`,
      );
    if (now >= timeoutMilliseconds) throw new TimedOut(`Build ${runId} did not end within ${formatElapsed(now)}.`);
    if (now - shown >= REPORT_EVERY_MILLISECONDS) {
      log.info(`Build ${runId}: ${steps.current ?? status.toLowerCase()} (${formatElapsed(now)})`);
      shown = now;
    }
    if (!ended) await clock.sleep(LOOK_EVERY_MILLISECONDS, signal);
  }
}

/** The verdict is the run's own; the mark on the log is not enough. */
function digestOf(run: BuildRun, { repository, tags }: BuildRequest, steps: BuildSteps, elapsed: number): string {
  if (run.status !== 'Succeeded') {
    const said = steps.said.filter((line) => line.trim() !== '');
    const where = steps.current === undefined ? '' : ` in ${steps.current}`;
    const head = `Build ${run.runId} of ${repository} ended as ${run.status}${where}, after ${formatElapsed(elapsed)}`;
    const reason = said.length === 0 ? ` ${run.runErrorMessage ?? 'No reason was given.'}` : `\n${said.join('\n')}`;
    throw new UserError(`${head}:${reason}`);
  }
  const image = run.outputImages?.find((output) => output.repository === repository && tags.includes(output.tag ?? ''));
  if (image === undefined)
    throw new Error(`Build ${run.runId} succeeded but pushed no image ${repository}:${tags.join(', ')}.`);
  return image.digest;
}

/** Said even after the job was cancelled, within the time that the runner leaves; a refusal changes nothing. */
async function cancel(run: string, { resourceManager, log }: BuildOptions): Promise<void> {
  try {
    const signal = AbortSignal.timeout(CANCEL_WITHIN_MILLISECONDS);
    await resourceManager.post(`${run}/cancel`, TASKS_API_VERSION, { signal });
    log.info('The build in Azure was cancelled too.');
  } catch {
    log.warning('The build in Azure could not be cancelled; it ends by itself.');
  }
}
