/** Compares releases of Moodle as people write them: `4.5.8`, `5.0.2+ (Build: 20260101)`. Pure. */

/** The numbers at a release's beginning; undefined when it has none. */
function numbersOf(release: string): number[] | undefined {
  const text = /^(\d+(?:\.\d+)*)/.exec(release.trim())?.[1];
  return text?.split('.').map(Number);
}

/** Negative when `a` is the older one, 0 when both are of one release; undefined when either is no release. */
export function compareReleases(a: string, b: string): number | undefined {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
