/** How long texts are cut. Pure. */

/** Text before a difference that is shown for its sake. */
const CONTEXT = 20;

/** The first so many characters, and how many were left out. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const shown = wholeCharacters(text, 0, most);
  return `${shown}… (${text.length - shown.length} more characters)`;
}

/** Two texts that differ, each around the first difference. */
export function clippedPair(before: string, after: string, most: number): [string, string] {
  if (before.length <= most && after.length <= most) return [before, after];
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  if (start + CONTEXT <= most) return [clipped(before, most), clipped(after, most)];
  const from = start - CONTEXT;
  const around = (text: string): string =>
    `(${from} same characters) …${clipped(wholeCharacters(text, from, text.length), most)}`;
  return [around(before), around(after)];
}

/** A part of a text that begins and ends between characters, not inside of one. */
export function wholeCharacters(text: string, start: number, end: number): string {
  const isInside = (index: number): boolean => /^[\uDC00-\uDFFF]/.test(text.charAt(index));
  return text.slice(isInside(start) ? start + 1 : start, end < text.length && isInside(end) ? end - 1 : end);
}
