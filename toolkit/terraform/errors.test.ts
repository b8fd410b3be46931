import { describe, expect, test } from '@jest/globals';
import { terraformError } from './errors.ts';
import type { Diagnostic } from './ui-events.ts';

const error = (summary: string, detail = '', more: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  summary,
  detail,
  ...more,
});

const now = Date.parse('2026-11-24T05:12:00Z');
const failed = (diagnostics: Diagnostic[], stderr = '', command = 'apply') =>
  terraformError({ command, directory: 'infra', diagnostics, stderr, now });
const message = (...diagnostics: Diagnostic[]): string => failed(diagnostics).message;

const lock = `Error message: state blob is already locked
Lock Info:
  ID:        5c5b1f3c-1f0e-8b7a-6c2d-3e4f5a6b7c8d
  Path:      tfstate/production/infra.tfstate
  Operation: OperationTypeApply
  Who:       runner@fv-az1
  Version:   1.11.4
  Created:   2026-11-24 05:00:00.1 +0000 UTC
  Info:      

Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.`;

describe('what terraform says', () => {
  test('a lock: who holds it, since when, and how it is released', () => {
    expect(message(error('Error acquiring the state lock', lock))).toBe(
      "The state is locked by runner@fv-az1 (operation apply, for 12 min, since 2026-11-24 05:00:00.1 +0000 UTC). Wait for that run; when there is none any more, release the lock with `terraform force-unlock 5c5b1f3c-1f0e-8b7a-6c2d-3e4f5a6b7c8d` in the root's folder, or `az storage blob lease break --auth-mode login --account-name ACCOUNT --container-name tfstate --blob-name production/infra.tfstate`.",
    );
    expect(failed([error('Error acquiring the state lock', lock)]).kind).toBe('locked');
  });

  test('a lock that is not on a blob has no lease to break; a time that cannot be read has no age', () => {
    const local = lock.replace('state blob is already locked', 'resource temporarily unavailable');
    expect(message(error('Error acquiring the state lock', local))).not.toContain('az storage');
    const odd = lock.replace('2026-11-24 05:00:00.1 +0000 UTC', 'yesterday');
    expect(message(error('Error acquiring the state lock', odd))).toContain('(operation apply, since yesterday)');
  });

  test('a lock that says nothing of itself', () => {
    expect(message(error('Error acquiring the state lock', 'context deadline exceeded'))).toBe(
      'The state is locked: context deadline exceeded',
    );
  });

  test('a stale plan', () => {
    const stale = failed([error('Saved plan is stale', 'The given plan file can no longer be applied.')]);
    expect(stale.message).toContain('nothing was applied. Run again');
    expect(stale.kind).toBe('stale');
  });

  test('a resource that must not be destroyed', () => {
    const detail =
      'Resource x.y["a"]\nhas lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.';
    expect(message(error('Instance cannot be destroyed', detail))).toBe(
      'The plan would delete or replace x.y["a"], which its prevent_destroy forbids: undo the change that leads to it.',
    );
  });

  test('a place and an address come first', () => {
    const range = { filename: 'main.tf', start: { line: 3 } };
    expect(message(error('Bad value', 'Not\n  this.\n', { range, address: 'x.y' }))).toBe(
      'infra/main.tf:3: x.y: Bad value: Not this.',
    );
    expect(failed([error('Bad value', '', { range })]).annotations).toEqual([
      { message: 'infra/main.tf:3: Bad value', file: 'infra/main.tf', line: 3 },
    ]);
  });

  test('several errors are several lines; warnings and the preamble of init are none', () => {
    expect(
      message(
        error('Terraform encountered problems during initialisation, including problems\nwith the configuration'),
        error('One'),
        { ...error('Soft'), severity: 'warning' },
        error('Two'),
      ),
    ).toBe('One\nTwo');
  });

  test('the preamble alone is better than nothing', () => {
    expect(message(error('OpenTofu encountered problems during initialization'))).toContain('encountered problems');
  });

  test('a flood is cut', () => {
    const lines = message(...Array.from({ length: 14 }, (_, index) => error(`E${index}`))).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('… and 4 more errors.');
  });

  test('without a diagnostic, standard error; without that, an honest sentence', () => {
    expect(failed([], 'panic:\n  oh no\n', 'init').message).toBe('terraform init failed in infra: panic: oh no');
    expect(failed([], '', 'init').message).toBe('terraform init failed in infra: it gave no reason');
  });
});
