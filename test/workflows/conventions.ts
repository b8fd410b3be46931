/** What holds for every workflow file here, whatever it does. */
import { type Job, needsOf, type Step, type WorkflowFile } from './model.ts';

/** GitHub's limit for a job on its own runners, in minutes. */
const MOST_MINUTES = 360;

export function problemsOfConventions({ file, text, workflow }: WorkflowFile): string[] {
  const { workflow_call: call, workflow_dispatch: dispatch } = workflow.on;
  const noTop = JSON.stringify(workflow.permissions) === '{}' ? [] : ['permissions at the top must be {}'];
  const parameters = Object.entries({ ...call?.inputs, ...dispatch?.inputs });
  return [
    ...noTop,
    ...parameters.filter(([, { type }]) => !type).map(([name]) => `input ${name} has no type`),
    ...[...parameters, ...Object.entries({ ...call?.outputs, ...call?.secrets })]
      .filter(([, { description }]) => !description)
      .map(([name]) => `${name} has no description`),
    ...(call === undefined ? [] : Object.keys(dispatch?.inputs ?? {}))
      .filter((name) => !(name in (call?.inputs ?? {})))
      .map((name) => `the button has the input ${name}, which a caller cannot give`),
    ...problemsOfPins(text),
    ...(/concurrency:[^\n]*\n[^\n]*github\.workflow\b/.test(text)
      ? ['a concurrency group names github.workflow, which is the caller’s']
      : []),
    ...Object.entries(workflow.jobs).flatMap(([name, job]) =>
      [
        ...problemsOfJob(job),
        ...(name === 'gate' ? problemsOfCondition(job) : []),
        ...problemsOfGate(file, job),
        ...(job.steps ?? []).flatMap(problemsOfStep),
      ].map((problem) => `${name}: ${problem}`),
    ),
  ];
}

/** Actions of others by a full commit with its version behind; our own by the self-repository syntax. */
function problemsOfPins(text: string): string[] {
  return [...text.matchAll(/^ *(?:- )?uses: (\S+)(.*)/gm)].flatMap(([, uses = '', rest = '']) => {
    if (uses.startsWith('$/') || /^OWNER\/REPO\/\S+@v1$/.test(uses)) return [];
    if (uses.startsWith('./')) return [`${uses} is looked for in the caller's checkout; say $/`];
    if (!/@[0-9a-f]{40}$/.test(uses)) return [`${uses} is not pinned to a commit`];
    return /^ # v\d+\.\d+\.\d+$/.test(rest) ? [] : [`${uses} has no version behind its commit`];
  });
}

function problemsOfJob(job: Job): string[] {
  const minutes = job['timeout-minutes'];
  const limited = typeof minutes === 'number' && minutes <= MOST_MINUTES;
  return [
    ...(job.name === undefined ? ['has no name'] : []),
    ...(job.permissions === undefined ? ['has no permissions of its own'] : []),
    ...(job.uses === undefined && !limited ? [`needs timeout-minutes of at most ${MOST_MINUTES}`] : []),
    ...problemsOfSecrets(job),
    ...problemsOfPhases(job),
    ...(job.uses !== undefined && job.environment !== undefined ? ['calls a workflow and names an environment'] : []),
    ...('id-token' in (job.permissions ?? {}) && job.uses === undefined && job.environment === undefined && signsIn(job)
      ? ['signs in to Azure without an environment, whose name its identity trusts']
      : []),
  ];
}

/** A secret keeps its name from workflow to workflow; one by another name is empty, and nobody says so. */
function problemsOfSecrets({ secrets = {} }: Job): string[] {
  if (secrets === 'inherit') return [];
  return Object.entries(secrets)
    .filter(([name, value]) => value !== `\${{ secrets.${name} }}`)
    .map(([name, value]) => `hands on ${value} as the secret ${name}`);
}

/** The phases behind the gate, which environment.yml calls as one job. */
const BEHIND_THE_GATE = 'apply.yml';

/** What changes an environment waits for its gate, and for whoever else changes it. Without an ID token nobody gets into one. */
function problemsOfGate(file: string, job: Job): string[] {
  const applies =
    'id-token' in (job.permissions ?? {}) &&
    (job.steps ?? []).some((step) => step.uses?.startsWith('$/actions/') && step.with?.mode === 'apply');
  if (file === BEHIND_THE_GATE || !(applies || job.uses === `$/.github/workflows/${BEHIND_THE_GATE}`)) return [];
  const { group, queue } = (job.concurrency ?? {}) as { group?: string; queue?: string };
  return [
    ...(needsOf(job).includes('gate') ? [] : ['changes the environment without waiting for the job gate']),
    ...(group === `moodle-high-scale-\${{ inputs.environment }}` && queue === 'max'
      ? []
      : ['changes the environment outside of its queue']),
  ];
}

/** The preview takes a phase that was skipped for one that there is not. */
function problemsOfPhases({ steps = [] }: Job): string[] {
  const preview = steps.find(({ uses }) => uses === '$/.github/actions/preview');
  const conditional = steps.filter(
    ({ uses, if: condition }) => uses?.startsWith('$/actions/') && condition !== undefined,
  );
  if (preview === undefined) return [];
  return conditional
    .filter(({ id }) => id !== preview.with?.['before-change'])
    .map(({ name }) => `step "${name}" plans a phase, and has a condition`);
}

/** Why a gate may not be asked: nothing will be applied, or the plan has found that there is nothing to apply. */
const NO_GATE = [`inputs.mode == 'apply'`, `inputs.mode == 'apply' && needs.plan.outputs.unchanged != 'true'`];

function problemsOfCondition({ if: condition }: Job): string[] {
  const known = condition === undefined || NO_GATE.some((when) => condition === `\${{ ${when} }}`);
  return known ? [] : ['is asked always, or left out only in mode plan and when the plan is unchanged'];
}

function signsIn(job: Job): boolean {
  return (job.steps ?? []).some((step) => 'azure-client-id' in (step.with ?? {}));
}

function problemsOfStep({ name, run, uses, with: given }: Step): string[] {
  return [
    ...(name === undefined ? ['a step has no name'] : []),
    ...(run?.includes('${{') ? [`step "${name}" has an expression in its script; hand it over by env`] : []),
    ...(uses?.startsWith('actions/checkout@') && given?.['persist-credentials'] !== false
      ? ['a checkout leaves its credentials behind']
      : []),
  ];
}
