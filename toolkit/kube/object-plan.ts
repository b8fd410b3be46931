/** The steps from what there is to what is wanted. Pure. */
import type { Step } from '#toolkit/action/steps';
import type { KubeObject } from '#toolkit/kube/kube';
import { changesBetween, describeChanges } from './changes.ts';
import { nameOf, type Observed, targetOf } from './observe.ts';

/** What will be done. */
export interface Plan {
  steps: Step[];
  /** Objects to apply, in order. */
  apply: KubeObject[];
  /** Objects to delete, after the others were applied. */
  prune: KubeObject[];
}

/** The least steps: what already is as it should be is left out. */
export function plan(observed: Observed): Plan {
  const { pairs, owned, ahead } = observed;
  const made: Plan = { steps: [], apply: [], prune: [] };
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
  const rendered = new Set(pairs.map((pair) => nameOf(pair.rendered)));
  for (const object of owned.filter((candidate) => !rendered.has(nameOf(candidate)))) {
    made.steps.push({ action: 'delete', target: targetOf(object), reason: 'no longer in the manifests' });
    made.prune.push(object);
  }
  return made;
}
