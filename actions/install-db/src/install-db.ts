import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { connectCluster, namesCluster } from '#toolkit/action/cluster';
import { fingerprintOf } from '#toolkit/action/fingerprint';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { UserError } from '#toolkit/errors';
import { renderKustomization } from '#toolkit/kube/kustomize';
import { withLease } from '#toolkit/kube/lease';
import { applyPlan, type Work } from './apply.ts';
import type { InstallContract } from './contract.ts';
import { type DatabaseState, named } from './database-state.ts';
import { type Looking, lookByJob, observe, workUnderWay } from './observe.ts';
import { type Observed, type Plan, plan } from './plan.ts';
import { refusal } from './refusal.ts';
import { checkInputs } from './requirements.ts';
import { describeWork } from './summary.ts';

/** The Lease that a run holds while it applies. */
const LEASE = 'moodle-database';

/** The action: finds out the state, says what it takes, does it by one Job, and looks again. */
export async function installDatabase(context: ActionContext<InstallContract>): Promise<ActionResult<InstallContract>> {
  const { inputs, log, clock, signal, exec, environment } = context;
  checkInputs(inputs);
  // kustomize works while we sign in; what it refuses counts only when there is a cluster.
  const rendering = namesCluster(inputs) ? renderKustomization(inputs.manifests, exec) : undefined;
  rendering?.catch(() => undefined);
  const kube = await connectCluster(context);
  if (kube === undefined || rendering === undefined) return reconcileDatabase(context, undefined);
  const base = await rendering;
  const looking: Looking = { kube, log, clock, signal, inputs, timeoutMilliseconds: inputs.timeout, base };
  if (inputs.mode === 'plan') return reconcileDatabase(context, looking);
  // To follow what another run has begun is to wait for it; only who begins something must be alone.
  const begun = await workUnderWay(looking);
  if (begun?.kind === 'busy') return reconcileDatabase(context, looking, begun);
  const lease = { ...looking, name: LEASE, holder: holder(environment) };
  return withLease(lease, (held) => reconcileDatabase(context, { ...looking, signal: held }));
}

/** The run, as a person finds it, and something of this process's own: a run has many jobs, and may be run again. */
function holder(environment: ActionContext<InstallContract>['environment']): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT = '1' } = environment;
  const run =
    GITHUB_RUN_ID === undefined
      ? hostname()
      : `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT}`;
  return `${run}#${randomBytes(4).toString('hex')}`;
}

async function reconcileDatabase(
  { inputs, log }: ActionContext<InstallContract>,
  looking: Looking | undefined,
  begun?: Observed,
): Promise<ActionResult<InstallContract>> {
  let after: DatabaseState | undefined;
  let work: Work | undefined;
  const {
    outcome,
    observed,
    plan: planned,
  } = await reconcile(inputs.mode, log, {
    observe: async (): Promise<Observed> => {
      const seen =
        looking === undefined
          ? ({ kind: 'unknown', why: 'after infra, once there is a cluster' } as const)
          : (begun ?? (await observe(looking)));
      log.info(`The database is ${describe(seen)}.`);
      return seen;
    },
    plan: (seen) => plan(seen, inputs.onPartial),
    apply: async (wanted) => {
      const { tools, image } = tooled(looking);
      work = await applyPlan(wanted, tools, image);
      after = await lookByJob(tools, image);
    },
    verify: async (wanted) => {
      if (wanted.steps.length === 0) return;
      if (after?.state !== 'installed')
        throw new UserError(after === undefined ? 'The database was not looked at.' : refusal(after));
      log.info(`The database is of Moodle ${named(after.database ?? after.code)}.`);
    },
  });

  const before = 'state' in observed ? observed.state : undefined;
  const end = after ?? before;
  return {
    outcome,
    steps: planned.steps,
    outputs: {
      stateBefore: stateOf(observed, planned),
      stateAfter: after?.state ?? stateOf(observed, planned),
      ...releaseOf(observed, end),
      ...(end?.database ? { databaseVersion: named(end.database) } : {}),
      ...(before?.database ? { databaseVersionBefore: named(before.database) } : {}),
      ...(work?.restorePoint === undefined ? {} : { restorePoint: work.restorePoint }),
      fingerprint: fingerprintOf(planned.steps, inputs.image),
      durationSeconds: Math.round((work?.milliseconds ?? 0) / 1000),
    },
    summary: summarize(
      'Moodle database',
      outcome,
      planned.steps,
      describeWork(before, end, work, releaseOf(observed, end).moodleVersion),
    ),
  };
}

/** What the database is to the image. To one that nobody could ask, an installed database is only known by its release. */
function stateOf(observed: Observed, { steps }: Plan): DatabaseState['state'] | 'unknown' {
  if (!('state' in observed)) return 'unknown';
  const { state } = observed.state;
  if (observed.kind === 'seen' || state === 'empty' || state === 'partial') return state;
  return steps.some(({ action }) => action === 'upgrade') ? 'upgrade-pending' : 'unknown';
}

function releaseOf(observed: Observed, end: DatabaseState | undefined): { moodleVersion?: string } {
  const release = observed.kind === 'seen-by-another' ? observed.release : end && named(end.code);
  return release === undefined ? {} : { moodleVersion: release };
}

/** Applying needs a cluster and an image; the inputs were checked for both. */
function tooled(looking: Looking | undefined): { tools: Looking; image: string } {
  const image = looking?.inputs.image;
  if (looking === undefined || image === undefined) throw new Error('There is no cluster to apply to.');
  return { tools: looking, image };
}

function describe(observed: Observed): string {
  if (observed.kind === 'unknown') return `not known; it will be ${observed.why}`;
  if (observed.kind === 'busy') return `being worked on by Job/${observed.job.metadata.name}`;
  const { state, database } = observed.state;
  const version = database === null ? '' : `, of Moodle ${named(database)}`;
  return `${state}${version}${observed.kind === 'seen' ? '' : ', to pods of another image'}`;
}
