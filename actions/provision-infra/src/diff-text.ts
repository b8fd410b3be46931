/** The diff of texts line by line. Pure. */

/** A line, with what becomes of it. */
export interface LineChange {
  kind: 'same' | 'removed' | 'added';
  line: string;
}

/** Beyond this many differing lines the search for the shortest diff would take long: all old, then all new. */
const MOST_EDITS = 400;

/** From old lines to new ones, by Myers' greedy algorithm (1986) between what they begin and end with in common. */
export function diffOfLines(before: readonly string[], after: readonly string[]): LineChange[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const [old, fresh] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const middle = shortestEdits(old, fresh) ?? [...old.map(removed), ...fresh.map(added)];
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(before.length - end).map(same)];
}

const same = (line: string): LineChange => ({ kind: 'same', line });
const removed = (line: string): LineChange => ({ kind: 'removed', line });
const added = (line: string): LineChange => ({ kind: 'added', line });

/** Undefined when it takes more than `MOST_EDITS`. */
function shortestEdits(before: readonly string[], after: readonly string[]): LineChange[] | undefined {
  /** For each number of edits: how far into `before` each diagonal came. */
  const trace: Map<number, number>[] = [];
  let reached = new Map<number, number>([[1, 0]]);
  for (let edits = 0; edits <= Math.min(before.length + after.length, MOST_EDITS); edits += 1) {
    const next = new Map<number, number>();
    trace.push(reached);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = comesFromAbove(reached, diagonal, edits)
        ? (reached.get(diagonal + 1) ?? 0)
        : (reached.get(diagonal - 1) ?? 0) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      next.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return walkedBack(trace, before, after);
    }
    reached = next;
  }
  return undefined;
}

/** Whether the furthest way to a diagonal adds a line, rather than removing one. */
function comesFromAbove(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && (reached.get(diagonal - 1) ?? 0) < (reached.get(diagonal + 1) ?? 0);
}

function walkedBack(
  trace: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): LineChange[] {
  const changes: LineChange[] = [];
  let [x, y] = [before.length, after.length];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reached = trace[edits] ?? new Map<number, number>();
    const adds = comesFromAbove(reached, x - y, edits);
    const diagonal = adds ? x - y + 1 : x - y - 1;
    const fromX = reached.get(diagonal) ?? 0;
    const fromY = fromX - diagonal;
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0)) {
      if (x === fromX + (adds ? 0 : 1) && y === fromY + (adds ? 1 : 0)) break;
      x -= 1;
      y -= 1;
      changes.push(same(before[x] ?? ''));
    }
    if (edits === 0) break;
    if (adds) {
      y -= 1;
      changes.push(added(after[y] ?? ''));
    } else {
      x -= 1;
      changes.push(removed(before[x] ?? ''));
    }
  }
  return changes.reverse();
}
