import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSecrets } from './secrets.ts';

describe('secrets', () => {
  test('masks before anything else: whole, line by line, and as base64', () => {
    const masked: string[] = [];
    createSecrets((value) => masked.push(value)).add('first line\nsecond line\n');
    expect(masked).toEqual([
      'first line\nsecond line',
      'first line',
      'second line',
      Buffer.from('first line\nsecond line').toString('base64'),
    ]);
  });

  test('ignores empty values', () => {
    const masked: string[] = [];
    const secrets = createSecrets((value) => masked.push(value));
    secrets.add('');
    secrets.add('  \n ');
    expect(masked).toEqual([]);
    expect(secrets.redact('a b')).toBe('a b');
  });

  test('a secret that holds another is taken out whole', () => {
    const secrets = createSecrets(() => {});
    secrets.add('abcd');
    secrets.add('xxabcdxx');
    expect(secrets.redact('-xxabcdxx-abcd-')).toBe('-***-***-');
  });

  test('masks short values but does not redact them: they would blot out words', () => {
    const masked: string[] = [];
    const secrets = createSecrets((value) => masked.push(value));
    secrets.add('on');
    expect(masked).toContain('on');
    expect(secrets.redact('once on a time')).toBe('once on a time');
  });

  test('tells what it knows, in every form', () => {
    const secrets = createSecrets(() => {});
    secrets.add('abcd');
    secrets.add('on');
    expect(secrets.values()).toEqual(['abcd', 'YWJjZA==', 'b24=']);
  });

  test('no text that is redacted holds a registered value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 4, unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        fc.string(),
        (values, glue) => {
          const secrets = createSecrets(() => {});
          const real = values
            .map((value) => value.trim())
            .filter((value) => value.length >= 4 && !'***'.includes(value) && !value.includes('*'));
          for (const value of real) secrets.add(value);
          const redacted = secrets.redact(real.join(glue));
          for (const value of real) expect(redacted).not.toContain(value);
        },
      ),
    );
  });
});
