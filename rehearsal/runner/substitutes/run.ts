import type { UsesBody } from '../model.ts';
import type { StepEnd, StepRun } from '../steps.ts';
import { resolveTexts } from '../tokens.ts';
import { downloadArtifact, uploadArtifact } from './artifacts.ts';
import { checkout } from './checkout.ts';
import { setUpTool } from './tools.ts';

/** Does the work of a third-party action that has a substitute here. */
export async function runSubstitute(run: StepRun, repository: string, body: UsesBody): Promise<StepEnd> {
  const given = resolveTexts(body.with, run.state.scope(run.frame, run.env));
  const inputs = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  switch (repository) {
    case 'actions/checkout':
      return success(await checkout(run, inputs));
    case 'actions/upload-artifact':
      return success(await uploadArtifact(run, inputs));
    case 'actions/download-artifact':
      return success(await downloadArtifact(run, inputs));
    default:
      return success(await setUpTool(run, repository, inputs));
  }
}

function success(outputs: Record<string, string>): StepEnd {
  return { outcome: 'success', outputs };
}
