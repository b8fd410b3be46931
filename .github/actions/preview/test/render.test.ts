import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Step } from '#toolkit/action/steps';
import { DETAILS_MARK } from '#toolkit/github/comment-text';
import type { Phase } from '../src/phases.ts';
import { MOST_CHARACTERS, MOST_HEAD_CHARACTERS, renderPreview } from '../src/render.ts';

function phase(name: string, steps: readonly Step[]): Phase {
  return {
    name,
    outcome: steps.length === 0 ? 'unchanged' : 'planned',
    steps,
    settled: true,
    fingerprint: '',
    markdownPath: undefined,
    planJsonPath: undefined,
  };
}

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom('|', '<!-- moodle-high-scale details -->', '```', '@everyone', '</details>', '&'.repeat(300)),
);
const anyPhase = fc
  .record({
    name: hostile,
    steps: fc.array(
      fc.record({
        action: fc.constantFrom('create', 'update', 'delete', 'replace', 'meet'),
        target: hostile,
        reason: hostile,
      }),
      { maxLength: 150 },
    ),
  })
  .map(({ name, steps }) => phase(name, steps));

describe('the preview', () => {
  test('tells every phase in one line of words', () => {
    const markdown = renderPreview('production', [
      phase('infra', [
        { action: 'create', target: 'azurerm_kubernetes_cluster.platform' },
        { action: 'create', target: 'module.capacity.azurerm_storage_share.files["a"]' },
        { action: 'update', target: 'azurerm_key_vault.platform' },
      ]),
      phase('redis-cache', [
        { action: 'create', target: 'StatefulSet/redis-cache', reason: 'after infra' },
        { action: 'form', target: 'redis-cache', reason: '3 primaries, 1 replica each' },
      ]),
      phase('image', [{ action: 'build', target: 'moodle:ac32', reason: 'this content was not built before' }]),
      phase('web', [{ action: 'update', target: 'Deployment/moodle-web' }]),
      phase('database', []),
      phase('own-phase', []),
    ]);
    const [head] = markdown.split(DETAILS_MARK);
    expect(head).toContain('### production: 7 steps in 4 of 6 phases\n');
    expect(head).not.toContain('CAUTION');
    expect(
      head
        ?.split('\n')
        .filter((line) => line.startsWith('| '))
        .slice(2),
    ).toEqual([
      '| Azure platform | **changes** | 2 resources to create, 1 to update |',
      '| Redis for the cache | after&nbsp;infra | 1 Kubernetes object to create; form `redis-cache`: 3 primaries, 1 replica each |',
      '| Moodle image | **changes** | build `moodle:ac32`: this content was not built before |',
      '| Moodle web pods | **changes** | 1 Kubernetes object to update |',
      '| Moodle database | no change | No work: it fits the image |',
      '| own-phase | no change | Nothing to do |',
    ]);
    expect(head).toContain('Where it says "after infra"');
    expect(markdown).toContain('| create | `azurerm_kubernetes_cluster.platform` |  |');
  });

  test('names first what would be lost, and what forces it', () => {
    const steps = Array.from({ length: 20 }, (_, index) => ({
      action: 'delete',
      target: `azurerm_storage_share.s${index}`,
    }));
    const markdown = renderPreview('production', [
      phase('infra', [
        { action: 'replace', target: 'azurerm_postgresql_flexible_server.moodle', reason: 'zone forces it' },
        ...steps,
      ]),
    ]);
    expect(markdown).toContain('### production: 21 steps in 1 of 1 phases, 21 of them destroy something');
    expect(markdown).toContain(
      '> [!CAUTION]\n> **21 things would be deleted or replaced.** What they hold is lost unless something else keeps it.\n>\n> - Azure platform: **replace** `azurerm_postgresql_flexible_server.moodle`: zone forces it\n',
    );
    expect(markdown).toContain('> - … and 6 more, in the details below');
    expect(markdown.indexOf('CAUTION')).toBeLessThan(markdown.indexOf('| Phase |'));
  });

  test('says how many slots of a Redis Cluster move', () => {
    const move = (reason: string): Step => ({ action: 'move-slots', target: 'redis-cache-0', reason });
    const resized = phase('redis-cache', [
      move('4096 to redis-cache-6: 0-4095'),
      move('1365 to redis-cache-7: 5461-6825'),
      { action: 'meet', target: 'redis-cache-6' },
    ]);
    expect(renderPreview('production', [resized])).toContain(
      '| Redis for the cache | **changes** | 5,461 of 16,384 slots to move; 2 steps to move-slots, 1 to meet |',
    );
  });

  test('says that there is nothing to do', () => {
    expect(renderPreview('development', [phase('infra', []), phase('web', [])])).toMatch(
      /^### development: nothing to do, 2 phases unchanged\n\n\| Phase/,
    );
  });

  test('shows the plan in every detail where there is one and it fits', () => {
    const infra = phase('infra', [{ action: 'update', target: 'azurerm_key_vault.platform' }]);
    const shown = renderPreview('production', [infra], { detailsOf: () => '```diff\n- a\n+ b\n```' });
    expect(shown).toContain('```diff\n- a\n+ b\n```\n\n</details>');
    expect(shown).not.toContain('| Action |');
    expect(renderPreview('production', [infra], { detailsOf: () => 'x'.repeat(MOST_CHARACTERS) })).toContain(
      '| Action |',
    );
  });

  test('is never too long, and neither is what stays of it in a comment without room', () => {
    fc.assert(
      fc.property(fc.array(anyPhase, { maxLength: 20 }), fc.nat(40_000), hostile, (phases, size, environment) => {
        const markdown = renderPreview(environment, phases, { detailsOf: () => 'd'.repeat(size) });
        expect(markdown.length).toBeLessThanOrEqual(MOST_CHARACTERS);
        const [head = ''] = markdown.split(`\n${DETAILS_MARK}\n`);
        expect(head.length).toBeLessThanOrEqual(MOST_HEAD_CHARACTERS);
        // No text of a step divides the section elsewhere.
        expect(markdown.split(`\n${DETAILS_MARK}\n`).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 200 },
    );
  });

  test('counts the phases whose steps it leaves out', () => {
    const steps = Array.from({ length: 100 }, (_, index) => ({
      action: 'create',
      target: `${'x'.repeat(250)}${index}`,
    }));
    const markdown = renderPreview(
      'production',
      ['a', 'b', 'c'].map((name) => phase(name, steps)),
    );
    expect(markdown).toContain('The steps of 2 more phases are in the log of the plan.');
    expect(markdown).toContain('| c | **changes** |');
  });
});
