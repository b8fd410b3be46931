import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { moodleCode } from './moodle-code.ts';

const tree = join(import.meta.dirname, '../../../moodle/tree');
const settings = (text: string): string[] => text.match(/^\$\w+ = .*;$/gm) ?? [];

test('the release of the stand-in gives its own version.php', () => {
  const { 'version.php': text = '' } = moodleCode({ MOODLE_VERSION: '4.5.8' });
  expect(settings(text)).toEqual(settings(readFileSync(join(tree, 'version.php'), 'utf8')));
});

test('another release gives another version, and a plugin the one that its address says', () => {
  const code = moodleCode({
    MOODLE_VERSION: '5.0.2',
    PLUGINS: 'local/a https://example.org/a-2026020300.tar.gz aa;admin/tool/b https://example.org/b.tar.gz bb',
  });
  expect(code['version.php']).toContain('$version = 2025041402.00;');
  expect(code['version.php']).toContain("$branch = '500';");
  expect(code['local/a/version.php']).toContain("$plugin->component = 'local_a';\n$plugin->version = 2026020300;");
  expect(code['admin/tool/b/version.php']).toContain("$plugin->component = 'tool_b';");
  expect(moodleCode({})).toEqual({});
});

test.each([
  [{ MOODLE_VERSION: '3.9' }, 'can be of 4.5, 5.0, 5.1, 5.2, 5.3, and not of "3.9"'],
  [{ PLUGINS: 'somewhere/x https://example.org/x aa' }, 'has no plugins in "somewhere/x"'],
])('%j is refused by name', (given, message) => {
  expect(() => moodleCode(given)).toThrow(message);
});
