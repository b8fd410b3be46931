import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPlanKey, deriveKey } from './plan-key.ts';

const KEY = '6Jf3dQm1x8Zr2LkV0pYtWcN7uBgH5sEa9oXiTqRy4Mz=';

test.each([
  ['', 'has 0 characters'],
  ['correct horse battery staple', 'has 28 characters'],
  ['abababababababababababababababababab', 'has only 2 different characters'],
])('%j is refused, with the way to make one, and is not repeated', (key, problem) => {
  expect(() => checkPlanKey(key, 'Input "plan-key"')).toThrow(
    `Input "plan-key" ${problem}; it must be at least 32 random characters. Make one with \`openssl rand -base64 32\``,
  );
});

test('random keys as openssl prints them pass', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      fc.pre(new Set(bytes).size > 20);
      expect(() => checkPlanKey(Buffer.from(bytes).toString('base64'), 'x')).not.toThrow();
      expect(() => checkPlanKey(Buffer.from(bytes).toString('hex'), 'x')).not.toThrow();
    }),
  );
});

test('each purpose and each salt has a key of its own', () => {
  const salt = Buffer.from('salt');
  const keys = [
    deriveKey(KEY, 'encryption', salt),
    deriveKey(KEY, 'fingerprint', salt),
    deriveKey(KEY, 'check', salt),
    deriveKey(KEY, 'encryption', Buffer.from('other')),
  ].map((key) => Buffer.from(key).toString('hex'));
  expect(new Set(keys).size).toBe(4);
  expect(keys[0]).toHaveLength(64);
});
