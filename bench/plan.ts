/** Plans of many resources: what reading and showing one costs beside what reading its JSON costs alone. */
import { parsePlan } from '#toolkit/terraform/plan-json';
import { type Result, race } from './harness.ts';
import { largePlan } from './large-plan.ts';

const SIZES = [100, 1000, 5000, 20_000];

export async function* bench(): AsyncGenerator<Result> {
  for (const size of SIZES) {
    const text = JSON.stringify(largePlan(size));
    yield await race({
      bench: 'plan/render',
      size,
      ours: () => parsePlan(text),
      baseline: () => JSON.parse(text),
    });
  }
}
