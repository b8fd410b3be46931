import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runAction } from '../../../../test/support/action-process.ts';
import { type Phase, renderPreview } from '../src/render.ts';

const step = fc.record({
  action: fc.constantFrom('create', 'update', 'delete', 'meet'),
  target: fc.string({ maxLength: 200 }),
  reason: fc.string({ maxLength: 200 }),
});
const phase = fc.record({
  name: fc.stringMatching(/^[a-z-]{1,20}$/),
  outcome: fc.constantFrom('unchanged' as const, 'planned' as const),
  steps: fc.array(step, { maxLength: 150 }),
});

describe('preview', () => {
  test('shows every phase, and the steps of those that change something', () => {
    const phases: Phase[] = [
      { name: 'infra', outcome: 'planned', steps: [{ action: 'create', target: 'azurerm_kubernetes_cluster.this' }] },
      { name: 'web', outcome: 'unchanged', steps: [] },
    ];
    const markdown = renderPreview('production', phases);
    expect(markdown).toContain('### production: 1 step');
    expect(markdown).toContain('| infra | changes | 1 step: 1 create |');
    expect(markdown).toContain('| web | no change | Nothing to do |');
    expect(markdown).toContain('`azurerm_kubernetes_cluster.this`');
    expect(markdown).not.toContain('Warning');
  });

  test('warns of what cannot be undone', () => {
    const phases: Phase[] = [
      { name: 'infra', outcome: 'planned', steps: [{ action: 'delete', target: 'azurerm_storage_account.files' }] },
    ];
    expect(renderPreview('production', phases)).toContain('**Warning:** 1 of them delete or replace something.');
  });

  test('never grows too long for a comment with two environments', () => {
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 11 }), (phases) => {
        expect(renderPreview('production', phases).length).toBeLessThan(31_000);
      }),
      { numRuns: 50 },
    );
  });

  test('counts the phases whose steps it leaves out', () => {
    const steps = Array.from({ length: 60 }, (_, i) => ({ action: 'create', target: `${'x'.repeat(300)}${i}` }));
    const phases: Phase[] = ['a', 'b', 'c'].map((name) => ({ name, outcome: 'planned', steps }));
    const markdown = renderPreview('production', phases);
    expect(markdown).toContain('of 2 more phases are in the job summary');
    expect(markdown).toContain('| c | changes |');
  });

  test('the bundle reads a steps context', async () => {
    const plans = {
      checkout: { outputs: {}, outcome: 'success' },
      infra: { outputs: { outcome: 'planned', steps: '[{"action":"create","target":"a"}]' } },
    };
    const end = await runAction({
      action: '.github/actions/preview',
      inputs: { environment: 'production', plans: JSON.stringify(plans) },
    });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.changes).toBe('1');
    expect(end.summary.trim()).toBe(end.outputs.markdown);
  });

  test('the bundle refuses a job that planned nothing', async () => {
    const end = await runAction({
      action: '.github/actions/preview',
      inputs: { environment: 'production', plans: '{}' },
    });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'Input "plans" has no step with an output named "steps": nothing was planned in this job.',
    ]);
  });

  test('the bundle refuses what is not a steps context', async () => {
    const end = await runAction({
      action: '.github/actions/preview',
      inputs: { environment: 'production', plans: '{"infra": {"outputs": {"steps": "no"}}}' },
    });
    expect(end.errors[0]).toMatch(/^Input "plans" is not the steps context/);
  });
});
