import { connectCluster } from '#toolkit/action/cluster';
import { inlineCode, table } from '#toolkit/action/markdown';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { UserError } from '#toolkit/errors';
import { renderKustomization } from '#toolkit/kube/kustomize';
import { applyPlan } from './apply.ts';
import type { InstallContract } from './contract.ts';
import { type DatabaseState, named } from './database-state.ts';
import { type Looking, lookByJob, observe } from './observe.ts';
import { type Observed, plan, refusal } from './plan.ts';
import { checkInputs } from './requirements.ts';

/** The action: finds out the state, says what it takes, does it by one Job, and looks again. */
export async function installDatabase(context: ActionContext<InstallContract>): Promise<ActionResult<InstallContract>> {
  const { inputs, log, clock, signal, exec } = context;
  checkInputs(inputs);
  const kube = await connectCluster(context);
  const looking: Looking | undefined =
    kube === undefined
      ? undefined
      : {
          kube,
          log,
          clock,
          signal,
          inputs,
          timeoutMilliseconds: inputs.timeout,
          base: await renderKustomization(inputs.manifests, exec),
        };
  let after: DatabaseState | undefined;
  const {
    outcome,
    observed,
    plan: planned,
  } = await reconcile(inputs.mode, log, {
    observe: async (): Promise<Observed> => {
      const seen =
        looking === undefined
          ? ({ kind: 'unknown', why: 'after infra, once there is a cluster' } as const)
          : await observe(looking);
      log.info(`The database is ${describe(seen)}.`);
      return seen;
    },
    plan: (seen) => plan(seen, inputs.onPartial),
    apply: async (wanted) => {
      const { tools, image } = tooled(looking);
      await applyPlan(wanted, tools, image);
      after = await lookByJob(tools, image);
    },
    verify: async (wanted) => {
      if (wanted.steps.length === 0) return;
      if (after?.state !== 'installed')
        throw new UserError(after === undefined ? 'The database was not looked at.' : refusal(after));
      log.info(`The database is of Moodle ${named(after.database ?? after.code)}.`);
    },
  });

  const before = observed.kind === 'seen' ? observed.state : undefined;
  const end = after ?? before;
  return {
    outcome,
    steps: planned.steps,
    outputs: {
      stateBefore: before?.state ?? 'unknown',
      stateAfter: end?.state ?? 'unknown',
      ...(end === undefined ? {} : { moodleVersion: named(end.code) }),
      ...(end?.database ? { databaseVersion: named(end.database) } : {}),
    },
    summary: summarize('Moodle database', outcome, planned.steps, versions(before, end)),
  };
}

/** Applying needs a cluster and an image; the inputs were checked for both. */
function tooled(looking: Looking | undefined): { tools: Looking; image: string } {
  const image = looking?.inputs.image;
  if (looking === undefined || image === undefined) throw new Error('There is no cluster to apply to.');
  return { tools: looking, image };
}

function describe(observed: Observed): string {
  if (observed.kind === 'unknown') return `not known; it will be ${observed.why}`;
  if (observed.kind === 'busy') return `being worked on by Job/${observed.job}`;
  return observed.state.state;
}

/** State and versions, before and after, for the summary. */
function versions(before: DatabaseState | undefined, after: DatabaseState | undefined): string {
  if (after === undefined) return '';
  const row = (title: string, state: DatabaseState | undefined): string[] => [
    title,
    state === undefined ? '' : inlineCode(state.state),
    state?.database ? inlineCode(named(state.database)) : '',
  ];
  return `${table(['', 'State', 'Tables of'], [row('Before', before), row('After', after)])}\n\nThe image is Moodle ${inlineCode(named(after.code))}.`;
}
