/**
 * The preview of one environment, for the comment on a pull request and for the summary that an approver reads. What is
 * dangerous comes first, by name; then one line for each phase; then the steps, folded. It is never longer than allowed:
 * everything is measured before it is taken. Pure.
 */
import { details, escapeMarkdown, firstOf, inlineCode, table } from '#toolkit/action/markdown';
import { countSteps, type Step } from '#toolkit/action/steps';
import { PHASE_COLUMNS } from '#toolkit/github/comment-overview';
import { DETAILS_MARK } from '#toolkit/github/comment-text';
import { costCells, type MonthlyCost } from './bill.ts';
import type { Phase } from './phases.ts';
import { clip, isAfterInfra, isDestructive, planWord, titleOf, whatWouldBeDone } from './words.ts';

/** Two environments fit into one comment, whole. */
export const MOST_CHARACTERS = 31_000;
/** A job summary holds 1 MiB of a step: this, if every character takes three bytes. */
export const MOST_SUMMARY_CHARACTERS = 300_000;
/** What stays when a comment has no room for the folded part; eight environments fit so. */
export const MOST_HEAD_CHARACTERS = 7500;
const MOST_STEPS_OF_A_PHASE = 100;

/** How much of the head is told: most dangerous steps by name, and most characters of a name or a reason. */
const HEADS = [
  { named: 15, characters: 120 },
  { named: 5, characters: 60 },
  { named: 1, characters: 20 },
] as const;

/** What is told beside the steps. */
interface More {
  /** The plan of a phase in every detail, as Markdown; undefined: its steps. */
  detailsOf?: (phase: Phase) => string | undefined;
  cost?: MonthlyCost | undefined;
  /** Of all of it; `MOST_CHARACTERS` when it is left out. */
  mostCharacters?: number;
}

export function renderPreview(environment: string, phases: readonly Phase[], more: More = {}): string {
  const { detailsOf = () => undefined, cost, mostCharacters = MOST_CHARACTERS } = more;
  const head = renderHead(environment, phases, cost);
  const parts: string[] = [];
  let size = head.length + DETAILS_MARK.length + NOTICE_CHARACTERS;
  let left = 0;
  for (const phase of phases.filter(({ steps }) => steps.length > 0)) {
    const room = mostCharacters - size - SEPARATOR.length;
    const part = [fold(phase, detailsOf(phase) ?? ''), fold(phase, stepsOf(phase))].find(
      (text) => text !== '' && text.length <= room,
    );
    if (part === undefined) {
      left += 1;
      continue;
    }
    parts.push(part);
    size += part.length + SEPARATOR.length;
  }
  const notice =
    left === 0 ? [] : [`The steps of ${left} more ${left === 1 ? 'phase is' : 'phases are'} in the log of the plan.`];
  const folded = [...parts, ...notice];
  return folded.length === 0 ? head : `${head}\n${DETAILS_MARK}\n${folded.join(SEPARATOR)}`;
}

const SEPARATOR = '\n\n';
const NOTICE_CHARACTERS = 100;

function renderHead(environment: string, phases: readonly Phase[], cost: MonthlyCost | undefined): string {
  const fitting = HEADS.map((limits) => headOf(environment, phases, { ...limits, cost })).find(
    (head) => head.length <= MOST_HEAD_CHARACTERS,
  );
  return fitting ?? heading(environment, phases, 20);
}

type Limits = (typeof HEADS)[number] & { cost: MonthlyCost | undefined };

function headOf(environment: string, phases: readonly Phase[], { named, characters, cost }: Limits): string {
  const dangerous = phases.flatMap((phase) =>
    phase.steps.filter(isDestructive).map((step) => dangerLine(titleOf(phase), step, characters)),
  );
  const rows = [
    ...phases.map((phase) => [titleOf(phase), planWord(phase), whatWouldBeDone(phase, characters)]),
    ...(cost === undefined ? [] : [[COST_TITLE, ...costCells(cost)]]),
  ];
  return [
    heading(environment, phases, characters),
    ...(dangerous.length === 0 ? [] : [caution(dangerous, named)]),
    ...(phases.some(isAfterInfra) ? [NOT_YET_NOTE] : []),
    table(PHASE_COLUMNS, rows),
  ].join('\n\n');
}

const COST_TITLE = 'Cost of a month, estimated';

/** One line: in a comment, GitHub shows the end of a line as one. */
const NOT_YET_NOTE =
  '> [!NOTE]\n> Where it says "after infra", the platform is not there yet, or not all of it: these phases show what they would bring, and look again once it is there.';

function heading(environment: string, phases: readonly Phase[], characters: number): string {
  const steps = phases.flatMap((phase) => phase.steps);
  const changing = phases.filter((phase) => phase.steps.length > 0).length;
  const destructive = steps.filter(isDestructive).length;
  const waiting = phases.some(({ settled }) => !settled);
  const counted = `${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in ${changing} of ${phases.length} phases`;
  const words = [
    steps.length > 0 ? counted : waiting ? 'nothing to change' : `nothing to do, ${phases.length} phases unchanged`,
    ...(destructive === 0 ? [] : [`${destructive} of them ${destructive === 1 ? 'destroys' : 'destroy'} something`]),
  ];
  return `### ${escapeMarkdown(clip(environment, characters))}: ${words.join(', ')}`;
}

function dangerLine(phase: string, { action, target, reason = '' }: Step, characters: number): string {
  const why = reason === '' ? '' : `: ${escapeMarkdown(clip(reason, characters))}`;
  return `> - ${phase}: **${escapeMarkdown(action)}** ${inlineCode(clip(target, characters))}${why}`;
}

function caution(lines: readonly string[], most: number): string {
  const { shown, left } = firstOf(lines, most);
  const count =
    lines.length === 1
      ? 'One thing would be deleted or replaced'
      : `${lines.length} things would be deleted or replaced`;
  return [
    '> [!CAUTION]',
    `> **${count}.** What they hold is lost unless something else keeps it.`,
    '>',
    ...shown,
    ...(left === 0 ? [] : [`> - … and ${left} more, in the details below`]),
  ].join('\n');
}

function fold(phase: Phase, body: string): string {
  return body === '' ? '' : details(`<b>${titleOf(phase)}</b>: ${countSteps(phase.steps)}`, body);
}

function stepsOf({ steps }: Phase): string {
  const dangerousFirst = [...steps.filter(isDestructive), ...steps.filter((step) => !isDestructive(step))];
  const { shown, left } = firstOf(dangerousFirst, MOST_STEPS_OF_A_PHASE);
  const rows = shown.map(({ action, target, reason = '' }) => [
    escapeMarkdown(action),
    inlineCode(clip(target, 300)),
    escapeMarkdown(clip(reason, 300)),
  ]);
  return (
    table(['Action', 'Target', 'Why'], rows) + (left === 0 ? '' : `\n\n… and ${left} more in the log of the plan.`)
  );
}
