/** What a phase would do, in words for somebody who has never seen the project. Pure. */
import { escapeMarkdown, inlineCode } from '#toolkit/action/markdown';
import type { Step } from '#toolkit/action/steps';
import type { Phase } from './phases.ts';

/** What the phases of `environment.yml` are about; another one has the name of its step. */
const TITLES: Readonly<Record<string, string>> = {
  infra: 'Azure platform',
  'redis-sessions': 'Redis for sessions',
  'redis-cache': 'Redis for the cache',
  'pgbouncer-image': 'PgBouncer image',
  image: 'Moodle image',
  services: 'PgBouncer, storage, load balancer',
  database: 'Moodle database',
  web: 'Moodle web pods',
  cron: 'Moodle cron pods',
  frontend: 'Front Door',
  'approve-pls': 'Private link connection',
};

/** Cannot be undone by applying the commit before. */
const DESTRUCTIVE = new Set(['delete', 'replace', 'destroy', 'reinstall']);

/** What waits for something that an earlier phase makes; said by the actions in the reason of a step. */
const NOT_YET = /\bafter (infra|the services)\b|\bnot there yet\b|\bno request message yet\b|\bnot requested it yet\b/;

/** `Azure platform`. */
export function titleOf({ name }: Phase): string {
  return TITLES[name] ?? escapeMarkdown(name);
}

export function isDestructive({ action }: Step): boolean {
  return DESTRUCTIVE.has(action);
}

/** Whether a phase can only be guessed at, because what it works on is not there yet. */
export function isAfterInfra({ steps }: Phase): boolean {
  return steps.length > 0 && steps.some(({ reason = '' }) => NOT_YET.test(reason));
}

/** `no change`, `waits`, `after infra`, `changes`, `destroys`. */
export function planWord(phase: Phase): string {
  if (phase.outcome === 'applied') return 'applied';
  if (phase.steps.length === 0) return phase.settled ? 'no change' : 'waits';
  if (phase.steps.some(isDestructive)) return '**destroys**';
  return isAfterInfra(phase) ? 'after&nbsp;infra' : '**changes**';
}

type Kind = 'resource' | 'object' | 'other';

const NOUNS: Readonly<Record<'resource' | 'object', [one: string, many: string]>> = {
  resource: ['resource', 'resources'],
  object: ['Kubernetes object', 'Kubernetes objects'],
};

/** A Terraform address, a Kubernetes object, or what has a name of its own. */
function kindOf({ target }: Step): Kind {
  if (/^[A-Z][A-Za-z]+\/\S+$/.test(target)) return 'object';
  return /^(module\.|data\.)?[a-z0-9_]+\.[A-Za-z_]/.test(target) ? 'resource' : 'other';
}

/** What a phase without steps has found. */
const NOTHING: Readonly<Record<string, string>> = {
  'pgbouncer-image': 'Not rebuilt: the registry has this content',
  image: 'Not rebuilt: the registry has this content',
  database: 'No work: it fits the image',
  'approve-pls': 'Approved already',
};

/** Steps that are told one by one; more are counted. */
const MOST_TOLD = 2;

/** `85 resources to create, 1 to update`; `6 objects to create; form redis-cache: 3 primaries, …`. */
export function whatWouldBeDone({ name, steps, outcome, settled }: Phase, mostCharacters: number): string {
  if (steps.length === 0 && !settled) return 'Wait until its pods are ready; nothing is to be changed';
  if (steps.length === 0) return NOTHING[name] ?? 'Nothing to do';
  const counted = (['resource', 'object'] as const).flatMap((kind) =>
    counts(
      steps.filter((step) => kindOf(step) === kind),
      NOUNS[kind],
      outcome === 'applied',
    ),
  );
  const others = steps.filter((step) => kindOf(step) === 'other');
  const told =
    others.length > MOST_TOLD
      ? [...slotMoves(others), ...counts(others, ['step', 'steps'], outcome === 'applied')]
      : others.map((step) => tell(step, mostCharacters));
  return [...counted, ...told].join('; ');
}

/** `4,096 slots to move`: of a Redis Cluster, how much of its data changes its node. */
function slotMoves(steps: readonly Step[]): string[] {
  const moved = steps
    .filter(({ action }) => action === 'move-slots')
    .reduce((sum, { reason = '' }) => sum + Number(/^\d+/.exec(reason)?.[0] ?? 0), 0);
  return moved === 0 ? [] : [`${moved.toLocaleString('en')} of 16,384 slots to move`];
}

function counts(steps: readonly Step[], [one, many]: readonly [string, string], isDone: boolean): string[] {
  if (steps.length === 0) return [];
  const byAction = new Map<string, number>();
  for (const { action } of steps) byAction.set(action, (byAction.get(action) ?? 0) + 1);
  const parts = [...byAction].map(([action, count], index) => {
    const noun = index > 0 ? '' : count === 1 ? ` ${one}` : ` ${many}`;
    return `${count}${noun}${isDone ? ':' : ' to'} ${escapeMarkdown(action)}`;
  });
  return [parts.join(', ')];
}

function tell({ action, target, reason = '' }: Step, mostCharacters: number): string {
  // The column beside it says so.
  const why = reason === '' || reason === 'after infra' ? '' : `: ${escapeMarkdown(clip(reason, mostCharacters))}`;
  return `${escapeMarkdown(action)} ${inlineCode(clip(target, mostCharacters))}${why}`;
}

/** Names and reasons have no limit; a cell has. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
