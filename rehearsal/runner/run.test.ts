import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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

  test('plain Node loads it with the hook for JSON imports', () => {
    const hook = fileURLToPath(new URL('./json-imports.mjs', import.meta.url));
    const program = `import { runWorkflow } from ${JSON.stringify(new URL('./run.ts', import.meta.url).href)}; console.log(typeof runWorkflow);`;
    const args = ['--import', hook, '--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('function\n');
  });

  test('events in their order, with the name of the run', async () => {
    const ran = await run(steps('      - run: echo hi\n').replace('on:', `run-name: "By \${{ github.actor }}"\non:`));
    expect(ran.events.map((event) => event.type)).toEqual([
      'run-started',
      'job-started',
      'step-started',
      'log',
      'step-finished',
      'job-finished',
      'run-finished',
    ]);
    expect(ran.events[0]).toMatchObject({ name: 'By alice' });
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
