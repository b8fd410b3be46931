/** The steps from what there is to what is wanted. Pure. */
import type { Comparison } from './comparison.ts';
import { changesBetween, describeChanges } from './field-changes.ts';
import type { KubeObject } from './kube.ts';
import { targetOf } from './object-name.ts';

/** One step, in the form of the steps of every action. */
export interface ObjectStep {
  action: 'create' | 'update' | 'delete';
  target: string;
  reason?: string;
}

/** What will be done. */
export interface ObjectPlan {
  steps: ObjectStep[];
  /** Objects to apply, in order. */
  apply: KubeObject[];
  /** Objects to delete, after the others were applied. */
  prune: KubeObject[];
}

/** The least steps: what already is as it should be is left out. What is lost is named first, and done last. */
export function planObjects({ pairs, leftOver, ahead }: Comparison): ObjectPlan {
  const made: ObjectPlan = { steps: [], apply: [], prune: [...leftOver] };
  for (const object of leftOver) {
    made.steps.push({ action: 'delete', target: targetOf(object), reason: 'no longer in the manifests' });
  }
  for (const { rendered, live, wanted } of pairs) {
    const target = targetOf(rendered);
    if (live === undefined) {
      made.steps.push({ action: 'create', target, ...(ahead === undefined ? {} : { reason: ahead }) });
      made.apply.push(rendered);
      continue;
    }
    const changes = changesBetween(live, wanted ?? live);
    if (changes.length === 0) continue;
    made.steps.push({ action: 'update', target, reason: describeChanges(changes) });
    made.apply.push(rendered);
  }
  return made;
}
