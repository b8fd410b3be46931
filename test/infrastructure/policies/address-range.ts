/** IPv4 ranges such as 10.64.0.0/16. */

export function prefixLength(range: string): number {
  return Number(range.split('/')[1]);
}

/** How many addresses it has. */
export function addresses(range: string): number {
  return 2 ** (32 - prefixLength(range));
}

/** Its first and last address, as numbers. */
function bounds(range: string): [number, number] {
  const first = (range.split('/')[0] ?? '').split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [first, first + addresses(range) - 1];
}

export function overlap(one: string, other: string): boolean {
  const [a, b] = bounds(one);
  const [c, d] = bounds(other);
  return a <= d && c <= b;
}

export function contains(outer: string, inner: string): boolean {
  const [a, b] = bounds(outer);
  const [c, d] = bounds(inner);
  return a <= c && d <= b;
}
