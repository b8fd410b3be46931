import { describe, expect, test } from '@jest/globals';
import { recordingLog } from '../../test/support/fakes.ts';
import { UserError } from '../errors.ts';
import { reconcile } from './reconcile.ts';

function setting(wanted: number, there: number) {
  const calls: string[] = [];
  let current = there;
  const reconciler = {
    observe: async () => {
      calls.push('observe');
      return current;
    },
    plan: (observed: number) => {
      calls.push('plan');
      return { steps: observed === wanted ? [] : [{ action: 'set', target: String(wanted) }] };
    },
    apply: async () => {
      calls.push('apply');
      current = wanted;
    },
    verify: async () => {
      calls.push('verify');
      if (current !== wanted) throw new Error('not there');
    },
  };
  return { calls, reconciler };
}

describe('reconcile', () => {
  test('plan changes nothing', async () => {
    const { calls, reconciler } = setting(2, 1);
    const log = recordingLog();
    await expect(reconcile('plan', log, reconciler)).resolves.toMatchObject({ outcome: 'planned' });
    expect(calls).toEqual(['observe', 'plan']);
    expect(log.lines).toContain('info: set  2');
    expect(log.lines).toContain('info: 1 step: 1 set');
  });

  test('apply does the steps and proves the outcome; again there is nothing to do', async () => {
    const { calls, reconciler } = setting(2, 1);
    await expect(reconcile('apply', recordingLog(), reconciler)).resolves.toMatchObject({ outcome: 'applied' });
    await expect(reconcile('apply', recordingLog(), reconciler)).resolves.toMatchObject({ outcome: 'unchanged' });
    expect(calls).toEqual(['observe', 'plan', 'apply', 'verify', 'observe', 'plan', 'verify']);
  });

  test('a plan that must not be made stops before anything is done', async () => {
    const { calls, reconciler } = setting(2, 1);
    const refusing = {
      ...reconciler,
      plan: (): { steps: [] } => {
        throw new UserError('holds keys');
      },
    };
    await expect(reconcile('apply', recordingLog(), refusing)).rejects.toThrow('holds keys');
    expect(calls).toEqual(['observe']);
  });
});
