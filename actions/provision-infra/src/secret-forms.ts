/** The forms in which one secret may stand in a text. Pure. */

/** Shorter pieces of base64 turn up by chance. */
const SHORTEST_PIECE = 8;

/** The secret itself, and as JavaScript and Terraform write it into JSON, also when that is a text in JSON again. */
export function formsOf(secret: string): string[] {
  // Asking first is faster than encoding: most secrets are letters and digits.
  if (!/["\\<>&\p{Cc}\u2028\u2029]/u.test(secret)) return [secret];
  const json = JSON.stringify(secret).slice(1, -1);
  const terraform = json.replace(/[<>&\u2028\u2029]/g, unicodeEscape);
  return [secret, json, terraform, ...[json, terraform].map((text) => JSON.stringify(text).slice(1, -1))];
}

/** encoding/json of Go, which `jsonencode` is made of, escapes what could end a script in HTML. */
function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * What stands in any base64 of something that holds the secret: three bytes are four digits, so there are three ways in
 * which the secret may lie in them. Bytes at its ends, which share digits with their neighbours, are left out.
 */
export function base64Pieces(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const pieces: string[] = [];
  for (let start = 0; start < 3; start += 1) {
    const piece = bytes.toString('base64', start, bytes.length - ((bytes.length - start) % 3));
    if (piece.length < SHORTEST_PIECE) continue;
    pieces.push(piece);
    if (piece.includes('+') || piece.includes('/')) pieces.push(piece.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return pieces;
}

/** The ranges, lengthened to all the base64 that they are a part of. */
export function wholeBase64(text: string, ranges: readonly number[]): number[] {
  const whole: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    let [start, end] = [ranges[index] ?? 0, ranges[index + 1] ?? 0];
    if (start < (whole.at(-1) ?? 0)) continue;
    while (start > 0 && isBase64(text, start - 1)) start -= 1;
    while (end < text.length && isBase64(text, end)) end += 1;
    whole.push(start, end);
  }
  return whole;
}

function isBase64(text: string, index: number): boolean {
  return /[\w+/=-]/.test(text.charAt(index));
}

/** A part of a text that is encoded for a URL. */
const ENCODED = /[^\s"'`<>]*%[0-9A-Fa-f]{2}[^\s"'`<>]*/g;
/** Encoded again when it was put into another URL. */
const MOST_ENCODINGS = 3;

/** The text with every part replaced that would be secret when it is decoded as a part of a URL. */
export function hideEncoded(text: string, isSecret: (decoded: string) => boolean, replacement: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ENCODED, (part) => {
    let decoded = part;
    for (let round = 0; round < MOST_ENCODINGS && decoded.includes('%'); round += 1) {
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
