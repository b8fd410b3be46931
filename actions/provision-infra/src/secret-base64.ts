/** Secrets inside of base64. Pure. */

/** Shorter pieces turn up by chance. */
const SHORTEST_PIECE = 8;

/**
 * Adds what stands in any base64 of something that holds the secret: three bytes are four digits, so there are three ways in
 * which the secret may lie in them. Bytes at its ends, which share digits with their neighbours, are left out.
 */
export function addBase64Pieces(pieces: string[], secret: string): void {
  const bytes = Buffer.from(secret);
  for (let start = 0; start < 3; start += 1) {
    const piece = bytes.toString('base64', start, bytes.length - ((bytes.length - start) % 3));
    if (piece.length < SHORTEST_PIECE) continue;
    pieces.push(piece);
    if (piece.includes('+') || piece.includes('/')) pieces.push(piece.replaceAll('+', '-').replaceAll('/', '_'));
  }
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
