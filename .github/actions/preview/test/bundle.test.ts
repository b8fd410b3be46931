import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ActionEnd, runAction } from '../../../../test/support/action-process.ts';

function preview(plans: unknown): Promise<ActionEnd> {
  return runAction({
    action: '.github/actions/preview',
    inputs: { environment: 'production', plans: JSON.stringify(plans) },
  });
}

const infra = { outcome: 'planned', steps: '[{"action":"create","target":"azurerm_key_vault.a"}]' };

describe('the bundle', () => {
  test('reads a steps context', async () => {
    const end = await preview({ checkout: { outputs: {}, outcome: 'success' }, infra: { outputs: infra } });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.changes).toBe('1');
    expect(end.outputs.markdown).toContain('| Azure platform | **changes** | 1 resource to create |');
    expect(end.summary.trim()).toBe(end.outputs.markdown);
  });

  describe('says that there is nothing to approve', () => {
    const unchanged = { outcome: 'unchanged', steps: '[]' };
    const phases = { infra: { outputs: unchanged }, web: { outputs: { ...unchanged, settled: 'true' } } };

    test('when every phase is as it should be', async () => {
      const end = await preview(phases);
      expect(end.outputs).toMatchObject({ changes: '0', unchanged: 'true' });
      expect(end.log).toContain('Nothing to do: 2 phases unchanged.');
      expect(end.summary).toContain('### production: nothing to do, 2 phases unchanged');
    });

    test.each([
      [
        'has a step',
        { database: { outputs: { outcome: 'planned', steps: '[{"action":"upgrade","target":"database"}]' } } },
      ],
      ['would still do something that is no step', { 'approve-pls': { outputs: { outcome: 'planned', steps: '[]' } } }],
      ['waits for its pods', { web: { outputs: { ...unchanged, settled: 'false' } } }],
      ['failed', { database: { outputs: unchanged, outcome: 'failure' } }],
    ])('but not when one phase %s', async (_, phase) => {
      expect((await preview({ ...phases, ...phase })).outputs.unchanged).toBe('false');
    });

    test('and what is waited for is told', async () => {
      const { summary } = await preview({ ...phases, web: { outputs: { ...unchanged, settled: 'false' } } });
      expect(summary).toContain('### production: nothing to change');
      expect(summary).toContain(
        '| Moodle web pods | waits | Wait until its pods are ready; nothing is to be changed |',
      );
    });
  });

  test('shows the Markdown that a phase left in a file, and the steps when the file is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'preview-test-'));
    try {
      const path = join(folder, 'infra.md');
      writeFileSync(path, '### Infrastructure: infra\n\nevery attribute');
      const plans = { infra: { outputs: { ...infra, 'plan-markdown-path': path } } };
      expect((await preview(plans)).outputs.markdown).toContain('</summary>\n\nevery attribute\n\n</details>');
      rmSync(path);
      expect((await preview(plans)).outputs.markdown).toContain('| create | `azurerm_key_vault.a` |');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('shows in the job summary what is too long for a comment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'preview-test-'));
    try {
      const path = join(folder, 'infra.md');
      writeFileSync(path, `### Infrastructure: infra\n\n${'every attribute '.repeat(5000)}`);
      const end = await preview({ infra: { outputs: { ...infra, 'plan-markdown-path': path } } });
      expect(end.outputs.markdown).not.toContain('every attribute');
      expect(end.summary).toContain('every attribute');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('refuses a job that planned nothing', async () => {
    const end = await preview({});
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'Input "plans" has no step with an output named "steps": nothing was planned in this job.',
    ]);
  });

  test('refuses what is not a steps context', async () => {
    const end = await preview({ infra: { outputs: { steps: 'no' } } });
    expect(end.errors[0]).toMatch(/^Input "plans" is not the steps context/);
  });
});
