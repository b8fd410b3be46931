/**
 * Steps: what an action would do or did, in order. They are printed, put in the summary, and leave as the `steps` output,
 * from which the preview of the whole pipeline is made.
 */

/** One step. Nothing in it may be secret. */
export interface Step {
  /** One verb, lower case: `create`, `update`, `replace`, `delete`, `meet`, `assign-slots`, `approve`, `install`, … */
  action: string;
  /** What it is done to, by the name that its own tools use: an address, `Deployment/moodle-web`, a connection's name. */
  target: string;
  /** Why, or what changes, in a few words. */
  reason?: string;
}

/** How a reconciler ended. */
export type Outcome = 'unchanged' | 'planned' | 'applied';

/** The steps as lines of a log, aligned. */
export function formatSteps(steps: readonly Step[]): string[] {
  const width = Math.max(0, ...steps.map((step) => step.action.length));
  return steps.map((step) => {
    const reason = step.reason === undefined || step.reason === '' ? '' : `  (${step.reason})`;
    return `${step.action.padEnd(width)}  ${step.target}${reason}`;
  });
}

/** `3 steps: 2 create, 1 update`, or `Nothing to do`. */
export function countSteps(steps: readonly Step[]): string {
  if (steps.length === 0) return 'Nothing to do';
  const counts = new Map<string, number>();
  for (const step of steps) counts.set(step.action, (counts.get(step.action) ?? 0) + 1);
  const parts = [...counts].map(([action, count]) => `${count} ${action}`);
  return `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}: ${parts.join(', ')}`;
}
