import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeMarkdown } from '#toolkit/action/markdown';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { readPrices } from '#toolkit/cost/prices';
import { UserError } from '#toolkit/errors';
import { type MonthlyCost, monthlyCost } from './bill.ts';
import type { contract } from './contract.ts';
import { nothingToDo, outputOf, type Phase, phasesOf } from './phases.ts';
import { MOST_SUMMARY_CHARACTERS, renderPreview } from './render.ts';
import { compareWithReviewed, PlanDiffers, parseReview, renderReview } from './review.ts';

type Context = ActionContext<typeof contract>;
type Result = ActionResult<typeof contract>;

/** Renders the preview into the job summary and an output; behind the gate, compares instead. */
export async function preview(context: Context): Promise<Result> {
  const { inputs, log } = context;
  const phases = phasesOf(inputs.plans, inputs.beforeChange);
  for (const phase of phases) log.info(`${phase.name}: ${phase.outcome}, ${phase.steps.length} steps`);
  const more = { detailsOf: readDetails, cost: costOf(inputs, phases) };
  const markdown = renderPreview(inputs.environment, phases, more);
  const changes = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  const unchanged = nothingToDo(inputs.plans, phases);
  if (unchanged) log.info(`Nothing to do: ${phases.length} phases unchanged.`);
  const outputs = { markdown, changes, unchanged, reviewFile: keep(context, phases) };
  if (inputs.reviewed !== undefined) return { outputs, summary: compare(context, inputs.reviewed, phases) };
  const summary = renderPreview(inputs.environment, phases, { ...more, mostCharacters: MOST_SUMMARY_CHARACTERS });
  return { outputs, summary };
}

/** What a run that stopped leaves in the summary. */
export function failed(error: unknown): Pick<Result, 'summary'> {
  return error instanceof PlanDiffers ? { summary: error.markdown } : {};
}

function compare({ inputs, log }: Context, file: string, phases: readonly Phase[]): string {
  const { environment } = inputs;
  if (!existsSync(file))
    throw new UserError(
      `Input "reviewed" names ${file}, which does not exist: was the artifact of the plan downloaded, and has it not expired? Run the workflow again from its start.`,
    );
  try {
    const done = compareWithReviewed(environment, parseReview(readFileSync(file, 'utf8'), file), phases);
    for (const title of done) log.notice(`${title}: what was approved needs no doing any more.`);
    log.info(`The plan of now is the approved one, in all of ${phases.length} phases.`);
    return `### ${escapeMarkdown(environment)}: as approved\n\nThe plan was made again, and is the one that was approved.`;
  } catch (error) {
    if (error instanceof PlanDiffers) for (const line of error.lines) log.info(line);
    throw error;
  }
}

/** By the plan of the one root that has a bill of materials. */
function costOf(
  { prices: file, plans, beforeChange }: Context['inputs'],
  phases: readonly Phase[],
): MonthlyCost | undefined {
  if (file === undefined) return undefined;
  const prices = readPrices(file);
  const without = beforeChange === undefined ? undefined : outputOf(plans, beforeChange, 'bill-of-materials');
  for (const { planJsonPath } of phases) {
    if (planJsonPath === undefined || !existsSync(planJsonPath)) continue;
    const cost = monthlyCost(JSON.parse(readFileSync(planJsonPath, 'utf8')), prices, without);
    if (cost !== undefined) return cost;
  }
  return undefined;
}

/** Where later steps of the job find it; the folder of this run is gone by then. */
function keep({ inputs, environment }: Context, phases: readonly Phase[]): string {
  const folder = join(environment.RUNNER_TEMP ?? tmpdir(), 'moodle-high-scale-plans');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${inputs.environment.replace(/[^\w.-]/g, '-')}-reviewed.json`);
  writeFileSync(file, renderReview(phases), { mode: 0o600 });
  return file;
}

/** The file that the phase left for this, without its title; without the file, the steps are shown. */
function readDetails({ markdownPath }: Phase): string | undefined {
  if (markdownPath === undefined || !existsSync(markdownPath)) return undefined;
  return readFileSync(markdownPath, 'utf8')
    .replace(/^### .*\n/, '')
    .trim();
}
