/** The sections of a rendered plan, and what is in them. Pure. */
import type { Diff } from './diff.ts';
import type { DiffLimits } from './diff-lines.ts';
import { code, htmlCode, htmlWords, words } from './markdown-text.ts';
import type { Mention, ModelChange, PlanModel } from './plan-model.ts';
import type { ChangeAction } from './resource-change.ts';

/** Something that is shown as a line of a list or, when there is room, as a fold with its diff. */
export interface Entry {
  /** The line, in Markdown. */
  row(): string;
  /** The same in the HTML of a fold's summary; empty when the diff is shown without a fold. */
  title(): string;
  /** Undefined when there is nothing more to see than the line. */
  diff?(limits: DiffLimits): Diff;
}

/** Things of one kind. */
export interface Section {
  heading: string;
  /** The first diffs are not behind a click. */
  isOpen: boolean;
  /** The heading is a fold, closed until somebody opens it. */
  isFolded: boolean;
  entries: readonly Entry[];
  /** How many things they are, when it is not one each. */
  count?: number;
}

const HEADINGS: Readonly<Record<ChangeAction, string>> = {
  replace: 'Replace',
  delete: 'Delete',
  forget: 'Forget: no longer managed, and not deleted',
  update: 'Update',
  create: 'Create',
  import: 'Import',
  move: 'Move',
};
/** What loses something is not behind a click. */
const DANGEROUS: ReadonlySet<ChangeAction> = new Set(['replace', 'delete', 'forget']);
/** Updates that are named without a click. */
const FEW = 20;

/** All sections that have anything in them, by risk. */
export function sectionsOf(model: PlanModel): Section[] {
  const of = (action: ChangeAction): Section => {
    const entries = model.changes.filter((change) => change.action === action).map(changeEntry);
    return {
      heading: HEADINGS[action],
      isOpen: action === 'replace',
      isFolded: !DANGEROUS.has(action) && (action !== 'update' || entries.length > FEW),
      entries,
    };
  };
  const folded = (heading: string, entries: readonly Entry[]): Section => ({
    heading,
    isOpen: false,
    isFolded: true,
    entries,
  });
  return [
    of('replace'),
    of('delete'),
    of('forget'),
    of('update'),
    folded('Changed outside of Terraform', model.drift.map(driftEntry)),
    of('create'),
    of('import'),
    of('move'),
    { ...folded('Outputs', outputEntries(model.outputs)), count: model.outputs.names.length },
    folded('Actions of providers', model.invocations.map(mentionEntry)),
    folded('Put off to another plan', model.deferred.map(mentionEntry)),
    folded('Read during apply', model.reads.map(mentionEntry)),
  ].filter(({ entries }) => entries.length > 0);
}

function changeEntry(change: ModelChange): Entry {
  const { address, action, importId, diff } = change;
  const about = [change.reason, importId === undefined ? '' : `id ${importId}`]
    .filter((part) => part !== '')
    .join('; ');
  return {
    row: () => `- ${code(address)}${about === '' ? '' : `: ${words(about)}`}`,
    title: () => `${htmlCode(address)}${about === '' ? '' : `: ${htmlWords(about)}`}`,
    ...(action === 'move' ? {} : { diff }),
  };
}

function driftEntry(change: ModelChange): Entry {
  const what = change.action === 'delete' ? 'is gone' : change.reason;
  const entry = changeEntry({
    ...change,
    reason: change.isRelevant ? `${what}; changes of this plan follow from it` : what,
  });
  // Of what is gone, all attributes are.
  return change.action === 'delete' ? { row: entry.row, title: entry.title } : entry;
}

function mentionEntry({ address, reason }: Mention): Entry {
  const row = () => `- ${code(address)}${reason === '' ? '' : `: ${words(reason)}`}`;
  return { row, title: row };
}

/** All outputs are one entry, which needs no fold of its own. */
function outputEntries({ names, diff }: PlanModel['outputs']): Entry[] {
  const list = names.join(', ');
  return names.length === 0 ? [] : [{ row: () => `- ${words(list)}`, title: () => '', diff }];
}
