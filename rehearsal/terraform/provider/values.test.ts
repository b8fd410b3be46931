import { describe, expect, test } from '@jest/globals';
import { ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import type { Block } from './schema.ts';
import { conform, decodeValue, encodeValue, isEqual, parseState, Unknown, unknown, type Value } from './values.ts';

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.constant(unknown),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}));

describe('MessagePack', () => {
  test('gives back what it was given, whatever is unknown in it', () => {
    fc.assert(fc.property(anyValue, (value) => expect(decodeValue(encodeValue(value))).toEqual(value)));
  });

  test('encodes unknown as the specification says: extension 0, one byte', () => {
    expect([...encodeValue(unknown)]).toEqual([0xd4, 0, 0]);
  });

  test('takes refined unknowns for unknown, at any depth', () => {
    // {1: false, 2: "aks-"}: not null, begins with "aks-".
    const refined = new ExtData(12, new Uint8Array([0x82, 1, 0xc2, 2, 0xa4, 0x61, 0x6b, 0x73, 0x2d]));
    const decoded = decodeValue(encode({ name: refined, tags: [refined] }));
    expect(decoded).toEqual({ name: unknown, tags: [unknown] });
    expect((decoded as { name: unknown }).name).toBeInstanceOf(Unknown);
  });

  test('keeps every digit of numbers that JavaScript cannot hold', () => {
    const large = decodeValue(encode(2n ** 63n - 1n, { useBigInt64: true }));
    expect(large).toBe('9223372036854775807');
    expect(decodeValue(encodeValue('12345678901234567890123'))).toBe('12345678901234567890123');
  });

  test('reads small numbers as numbers, however wide they were written', () => {
    expect(decodeValue(encode(5n, { useBigInt64: true }))).toBe(5);
  });
});

describe('stored states', () => {
  test('are read without losing digits', () => {
    expect(parseState('{"a":12345678901234567890123,"b":7,"c":0.1,"d":1e3,"e":0.30000000000000004441}')).toEqual({
      a: '12345678901234567890123',
      b: 7,
      c: 0.1,
      d: 1000,
      e: '0.30000000000000004441',
    });
  });

  test('any JSON of safe integers and texts is read as JSON.parse reads it', () => {
    const json = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.oneof(fc.maxSafeInteger(), fc.string(), fc.boolean()),
      {
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(json, (value) =>
        expect(parseState(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });
});

describe('equality', () => {
  const known = anyValue.filter(
    (value) => !JSON.stringify(value, (_name, part) => (part instanceof Unknown ? '?u' : part))?.includes('?u'),
  );

  test('a known value equals its copy, and nothing equals an unknown', () => {
    fc.assert(fc.property(known, (value) => expect(isEqual(value, decodeValue(encodeValue(value)))).toBe(true)));
    expect(isEqual(unknown, unknown)).toBe(false);
    expect(isEqual({ a: [unknown] }, { a: [unknown] })).toBe(false);
  });

  test.each<[Value, Value, boolean]>([
    [5, '5', true],
    ['12345678901234567890123', '12345678901234567890123', true],
    [null, '', false],
    [false, null, false],
    [true, 'true', false],
    [[1], [1, 2], false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 1, b: null }, false],
  ])('%j and %j: %j', (a, b, equal) => expect(isEqual(a, b)).toBe(equal));
});

test('a value is given every part of its block, in the form of the wire', () => {
  const inner: Block = { attributes: { size: { type: 'number', optional: true } }, blocks: {} };
  const block: Block = {
    attributes: { name: { type: 'string', required: true }, added: { type: 'string', optional: true } },
    blocks: { disk: { nesting: 'list', block: inner }, timeouts: { nesting: 'single', block: inner } },
  };
  expect(conform(block, { name: 'a', gone: 1, disk: [{}] })).toEqual({
    name: 'a',
    added: null,
    disk: [{ size: null }],
    timeouts: null,
  });
  expect(conform(block, {})).toMatchObject({ disk: [] });
});
