import { afterAll, describe, expect, test } from '@jest/globals';
import { removeDirectories, run, steps } from './testing.ts';

afterAll(removeDirectories);

describe('the whole', () => {
  test('runs jobs in their order and hands outputs on', async () => {
    const ran = await run(`
on: workflow_dispatch
jobs:
  first:
    runs-on: ubuntu-latest
    outputs:
      word: \${{ steps.say.outputs.word }}
    steps:
      - id: say
        run: |
          echo "it's" 'a' \${{ github.actor }} 'b'
          echo "word=hello" >> "$GITHUB_OUTPUT"
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: echo "got \${{ needs.first.outputs.word }}" | tee -a "$GITHUB_STEP_SUMMARY"
`);
    expect(ran.lines).toEqual(expect.arrayContaining(["it's a alice b", 'got hello']));
    expect(ran.result.result).toBe('succeeded');
    expect(ran.job('second').summaries).toEqual([expect.objectContaining({ markdown: 'got hello\n' })]);
  });

  test('a failing step', async () => {
    const ran = await run(
      steps(`      - run: exit 3\n      - run: echo never\n      - if: failure()\n        run: echo cleanup\n`),
    );
    expect(ran.result.result).toBe('failed');
    expect(ran.result.reasons).toEqual(['a / Run exit 3: Process completed with exit code 3.']);
    expect(ran.lines).toContain('cleanup');
    expect(ran.lines).not.toContain('never');
  });
});
