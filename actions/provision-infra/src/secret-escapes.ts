/** Secrets that are written with escapes: in JSON, in JSON that is a text in JSON, in URLs. Pure. */
import { type Ranges, replaceRanges } from './text-search.ts';

/** Escaped again each time that it was put into another text. */
const MOST_ROUNDS = 4;

/** Whether escapes can make a secret look different in JSON: quotes, signs, what is no ASCII. */
export function canBeEscaped(secret: string): boolean {
  return /["\\/<>&]|[^ -~]/.test(secret);
}

/** The text with every secret replaced that shows once escapes of JSON are undone. */
export function hideEscaped(text: string, find: (text: string) => Ranges, replacement: string): string {
  let hidden = text;
  // Each turn finds what is escaped equally often.
  for (let ranges = findEscaped(hidden, find); ranges.length > 0; ranges = findEscaped(hidden, find))
    hidden = replaceRanges(hidden, ranges, replacement);
  return hidden;
}

/** Where secrets stand, as places of the text itself. */
function findEscaped(text: string, find: (text: string) => Ranges): Ranges {
  let shown = text;
  /** For each character of `shown`, and for its end: where it begins in `text`. */
  let places: Uint32Array | undefined;
  for (let round = 0; round < MOST_ROUNDS && shown.includes('\\'); round += 1) {
    const next = unescaped(shown, places);
    if (next.shown.length === shown.length) return [];
    ({ shown, places } = next);
    const ranges = find(shown);
    if (ranges.length > 0) return ranges.map((place) => places?.[place] ?? place);
  }
  return [];
}

const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))/g;
const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescaped(text: string, before: Uint32Array | undefined): { shown: string; places: Uint32Array } {
  const places = new Uint32Array(text.length + 1);
  let shown = '';
  let from = 0;
  const take = (end: number): void => {
    for (let place = from; place < end; place += 1) places[shown.length + place - from] = before?.[place] ?? place;
    shown += text.slice(from, end);
  };
  for (const { index, 0: sequence, 1: code, 2: letter = '' } of text.matchAll(ESCAPE)) {
    take(index);
    places[shown.length] = before?.[index] ?? index;
    shown += code === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
    from = index + sequence.length;
  }
  take(text.length);
  places[shown.length] = before?.[text.length] ?? text.length;
  return { shown, places };
}

/** A part of a text that is encoded for a URL; apostrophes and brackets need not be. */
const ENCODED = /[^\s"`<>]*%[0-9A-Fa-f]{2}[^\s"`<>]*/g;

/** The text with every part replaced that would be secret when it is decoded as a part of a URL. */
export function hideEncoded(text: string, isSecret: (decoded: string) => boolean, replacement: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ENCODED, (part) => {
    let decoded = part;
    for (let round = 0; round < MOST_ROUNDS && decoded.includes('%'); round += 1) {
      decoded = percentDecoded(decoded);
      if (isSecret(decoded) || (decoded.includes('+') && isSecret(decoded.replaceAll('+', ' ')))) return replacement;
    }
    return part;
  });
}

/** What is no code stays, unlike with decodeURIComponent, which refuses the whole. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) => Buffer.from(codes.replaceAll('%', ''), 'hex').toString());
}
