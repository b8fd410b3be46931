/** The plan of now, as it is sealed for the apply or compared with what was sealed before. */

import type { PlanJson } from '#toolkit/terraform/plan-format';
import { deriveKey } from '#toolkit/terraform/plan-key';
import type { TerraformVersion } from '#toolkit/terraform/terraform';
import { fingerprint, type PlanMakers } from './fingerprint.ts';
import type { Run } from './prepare.ts';
import { changesOnly, type ReviewedPlan } from './reviewed-plan.ts';
import { digestOfLockFile, lockedProviders } from './root-files.ts';

/** @param key the key of plan files */
export function remember(run: Run, program: TerraformVersion, plan: PlanJson, key: string): ReviewedPlan {
  const { directory, settings, binding, inputs, provisional } = run;
  const makers: PlanMakers = {
    ...program,
    providers: lockedProviders(directory),
    // One that init has just made differs from machine to machine; the versions in it are compared all the same.
    lockFile: run.lockFile ? digestOfLockFile(directory) : '',
    options: [
      ...(settings.destroy ? ['destroy'] : []),
      ...settings.targets.map((address) => `target=${address}`),
      ...settings.replace.map((address) => `replace=${address}`),
    ],
    refreshOnly: settings.refreshOnly,
  };
  return {
    fingerprint: fingerprint(plan, { key: deriveKey(key, 'fingerprint', new Uint8Array()), binding, makers }),
    changes: changesOnly(plan),
    makers,
    inputs,
    provisional,
  };
}
