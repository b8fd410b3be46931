/** All that is done with the text of a plan before its comment can be posted. */
import { parsePlan } from '#toolkit/terraform/plan-json';
import { fingerprint } from '../actions/provision-infra/src/fingerprint.ts';
import { planModel } from '../actions/provision-infra/src/plan-model.ts';
import { createRedact } from '../actions/provision-infra/src/redact.ts';
import { MOST_COMMENT_CHARACTERS, MOST_SUMMARY_BYTES, renderPlan } from '../actions/provision-infra/src/render.ts';

const context = {
  key: new Uint8Array(32),
  binding: { repository: 'o/r', commit: 'c', workflow: 'w', environment: 'e', root: 'infra', run: '1', state: 's' },
  makers: { product: 'terraform', version: '1', providers: {}, lockFile: '', options: [], refreshOnly: false },
};
const head = { title: 'Infrastructure: infra (production)', outcome: 'planned' } as const;

/** Reads the text, takes the fingerprint, takes the secrets out and renders. */
export function comment(text: string): string {
  const plan = parsePlan(text);
  const print = fingerprint(plan, context);
  const model = planModel(plan, createRedact(plan));
  return print + renderPlan(model, { ...head, most: MOST_COMMENT_CHARACTERS, unit: 'characters' });
}

/** The same for the job summary, which holds sixteen times as much. */
export function summary(text: string): string {
  const plan = parsePlan(text);
  const print = fingerprint(plan, context);
  const model = planModel(plan, createRedact(plan));
  return print + renderPlan(model, { ...head, most: MOST_SUMMARY_BYTES, unit: 'bytes' });
}
