import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDockerignore } from './dockerignore.ts';

describe('parseDockerignore', () => {
  test.each<[string, string, boolean]>([
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/README.md', true],
    ['**/*.md', 'README.md', true],
    ['docs', 'docs/deep/file', true],
    ['/docs/', 'docs/file', true],
    ['docs', 'docs-old', false],
    ['*\n!keep', 'keep', false],
    ['*\n!keep', 'keep/inside', false],
    ['*\n!keep', 'drop', true],
    ['!keep\n*', 'keep', true],
    ['# comment\n\n', '# comment', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[ab].txt', 'b.txt', true],
    ['[^ab].txt', 'b.txt', false],
    ['a+b(c).txt', 'a+b(c).txt', true],
    ['deep/**/x', 'deep/x', true],
    ['deep/**/x', 'deep/a/b/x', true],
  ])('%j and %s: left out %s', (rules, path, out) => {
    expect(parseDockerignore(rules)(path)).toBe(out);
  });

  test('any text parses, and a plain name leaves out that name and all below it', () => {
    const name = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.string(), (parts, other) => {
        const path = parts.join('/');
        parseDockerignore(other.replaceAll('[', ''));
        const ignored = parseDockerignore(path);
        expect(ignored(path)).toBe(true);
        expect(ignored(`${path}/below`)).toBe(true);
        expect(ignored(`${path}x`)).toBe(false);
      }),
    );
  });
});
