import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Addresses } from './addresses.ts';

test('each holder has one address, pods and Services in ranges of their own', () => {
  const addresses = new Addresses();
  expect(addresses.allocate('pod', 'a')).toBe('127.64.0.1');
  expect(addresses.allocate('pod', 'a')).toBe('127.64.0.1');
  expect(addresses.allocate('pod', 'b')).toBe('127.64.0.2');
  expect(addresses.allocate('service', 's')).toBe('127.96.0.1');
});

test('an address given back is not given to the next pod', () => {
  const addresses = new Addresses();
  const first = addresses.allocate('pod', 'a');
  addresses.release('a');
  expect(addresses.allocate('pod', 'b')).not.toBe(first);
});

test('after a restart the held addresses are not given again', () => {
  const addresses = new Addresses(3);
  addresses.keep('pod', '127.64.48.7', 'old');
  expect(addresses.allocate('pod', 'new')).toBe('127.64.48.8');
  expect(addresses.allocate('pod', 'old')).toBe('127.64.48.7');
});

test('a used-up block is an error, not a collision', () => {
  const addresses = new Addresses();
  for (let index = 0; index < 4094; index += 1) {
    addresses.allocate('pod', `pod-${index}`);
  }
  expect(() => addresses.allocate('pod', 'one too many')).toThrow('No loopback address is left for a pod.');
});

test('property: nobody shares an address, whatever is taken and given back', () => {
  const step = fc.record({ take: fc.boolean(), holder: fc.integer({ min: 0, max: 30 }), block: fc.constant(255) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const addresses = new Addresses(255);
      const held = new Map<number, string>();
      for (const { take, holder } of steps) {
        if (take) {
          held.set(holder, addresses.allocate('pod', String(holder)));
        } else {
          addresses.release(String(holder));
          held.delete(holder);
        }
        expect(new Set(held.values()).size).toBe(held.size);
        expect([...held.values()].every((ip) => /^127\.(6[4-9]|[7-9]\d)\./.test(ip))).toBe(true);
      }
    }),
  );
});
