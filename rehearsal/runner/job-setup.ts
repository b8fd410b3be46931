import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { githubContext, jobIdentity, mergeNames } from './contexts.ts';
import type { Leg } from './instance.ts';
import { type JobDirectories, JobState } from './job-state.ts';
import { Masker } from './masks.ts';
import type { Environment } from './options.ts';
import { readOnly } from './permissions.ts';
import type { RunState } from './run-state.ts';
import { isMapping, toText } from './values.ts';

/** Makes the directories, tokens, masks and contexts of a job. */
export async function prepareJob(
  run: RunState,
  leg: Leg,
  environment: { name: string; environment: Environment } | undefined,
  signal: AbortSignal,
): Promise<JobState> {
  const { workflow } = leg.instance;
  const directories = await makeDirectories(run, leg);
  const permissions = run.trigger.fromFork ? readOnly(leg.permissions) : leg.permissions;
  const credentials = run.github.tokens.issueJob(jobIdentity(run, workflow, environment?.name), permissions);
  const secrets = jobSecrets(run, leg, environment?.environment);
  const masker = new Masker();
  for (const secret of [...Object.values(secrets), credentials.token, credentials.runtimeToken]) masker.add(secret);
  const eventPath = join(directories.temp, '_github_workflow', 'event.json');
  await mkdir(join(directories.temp, '_github_workflow'), { recursive: true });
  await writeFile(eventPath, JSON.stringify(run.trigger.payload, null, 2));
  const github = {
    ...githubContext(run),
    token: credentials.token,
    job: leg.job.id,
    workspace: directories.workspace,
    event_path: eventPath,
  };
  const vars = mergeNames(run.options.vars, environment?.environment.vars);
  return new JobState({
    run,
    leg: { ...leg, permissions },
    directories,
    base: { ...run.options.baseEnvironment, ...environment?.environment.runnerEnvironment },
    credentials,
    masker,
    secrets,
    vars,
    github,
    signal,
  });
}

async function makeDirectories(run: RunState, leg: Leg): Promise<JobDirectories> {
  const slug = leg.names
    .join('-')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 60);
  const root = join(
    run.options.directory,
    'jobs',
    `${run.runId}-${run.attempt}`,
    `${slug}-${leg.contexts.strategy ? jobIndex(leg) : 0}`,
  );
  const name = run.workflow.source.repository.split('/')[1] ?? 'repository';
  const directories = {
    workspace: join(root, 'work', name, name),
    temp: join(root, 'temp'),
    tools: join(root, 'tools'),
    home: join(root, 'home'),
  };
  for (const directory of Object.values(directories)) await mkdir(directory, { recursive: true });
  return directories;
}

function jobIndex(leg: Leg): string {
  const { strategy } = leg.contexts;
  return isMapping(strategy) ? toText(strategy['job-index']) : '0';
}

/** Environment secrets win; in a workflow called with named secrets they only replace the named ones. */
function jobSecrets(run: RunState, leg: Leg, environment: Environment | undefined): Record<string, string> {
  if (run.trigger.fromFork) return {};
  const { secrets, inheritsSecrets } = leg.instance;
  const passed = new Set(Object.keys(secrets).map((name) => name.toUpperCase()));
  const own = Object.entries(environment?.secrets ?? {}).filter(
    ([name]) => inheritsSecrets || passed.has(name.toUpperCase()),
  );
  return mergeNames(secrets, Object.fromEntries(own));
}
