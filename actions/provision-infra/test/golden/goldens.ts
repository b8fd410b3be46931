/** What each golden file must hold: the plans of terraform under `real/`, and the samples. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { planModel } from '../../src/plan-model.ts';
import { createRedact } from '../../src/redact.ts';
import { MOST_COMMENT_CHARACTERS, renderPlan } from '../../src/render.ts';
import { type Sample, samples } from './samples.ts';

export const folder = import.meta.dirname;
const ENDING = '.generated.json';

/** Names of golden files, with what they must hold. */
export function goldens(): Map<string, string> {
  const expected = new Map<string, string>();
  for (const file of readdirSync(join(folder, 'real')).sort()) {
    const plan = JSON.parse(readFileSync(join(folder, 'real', file), 'utf8')) as object;
    const name = file.slice(0, -ENDING.length);
    expected.set(`real-${name}.md`, rendered({ construct: `terraform's plan "${name}" of infra/`, plan }));
  }
  for (const [name, sample] of Object.entries(samples)) expected.set(`${name}.md`, rendered(sample));
  return expected;
}

function rendered({ construct, plan, warnings, secrets, hidden, most, moreUrl }: Sample): string {
  const parsed = parsePlan(JSON.stringify({ format_version: '1.2', ...plan }));
  const redact = createRedact(parsed, { ...(secrets && { secrets }), ...(hidden && { hidden }) });
  const model = planModel(parsed, redact);
  const { changes, outputs, reads, deferred, invocations } = model;
  const isUnchanged = [changes, outputs.names, reads, deferred, invocations].every((list) => list.length === 0);
  const markdown = renderPlan(model, {
    title: 'Infrastructure: infra (production)',
    outcome: isUnchanged ? 'unchanged' : 'planned',
    most: most ?? MOST_COMMENT_CHARACTERS,
    unit: 'characters',
    ...(warnings && { warnings }),
    ...(moreUrl && { moreUrl }),
  });
  return `<!-- ${construct} -->\n\n${markdown}\n`;
}
