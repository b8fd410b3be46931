import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity, quantityAmount } from './quantity.ts';

test.each([
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['0.5Gi', '512Mi'],
  ['1536Mi', '1536Mi'],
  ['1000', '1k'],
  ['1024Ki', '1Mi'],
  ['1Ki', '1Ki'],
  ['0', '0'],
  ['1.5Ti', '1536Gi'],
  ['-2000m', '-2'],
  ['1e3', '1e3'],
  ['many', 'many'],
])('%s is stored as %s', (given, stored) => {
  expect(canonicalQuantity(given)).toBe(stored);
});

test('the canonical form means the same and is its own canonical form', () => {
  const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti');
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(999), suffix, (whole, fraction, unit) => {
      const given = `${whole}.${String(fraction).padStart(3, '0')}${unit}`;
      const stored = canonicalQuantity(given);
      expect(quantityAmount(stored)).toBe(quantityAmount(given));
      expect(canonicalQuantity(stored)).toBe(stored);
    }),
  );
});
