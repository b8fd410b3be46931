/** Applies a plan, and goes on where a run that was killed left resources that its state does not know. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#toolkit/log';
import type { PlanOptions } from '#toolkit/terraform/commands';
import { TerraformError } from '#toolkit/terraform/errors';
import type { PlanJson } from '#toolkit/terraform/plan-format';
import type { Terraform } from '#toolkit/terraform/terraform';
import { judgeOrphans, type Orphan, orphansOf, renderImports } from './adoption.ts';
import { strayChanges } from './continuation.ts';
import { Refused } from './failure.ts';

/** What it needs. */
export interface ApplyOptions {
  terraform: Terraform;
  /** The root's folder. */
  directory: string;
  /** `planFile` is the plan of now. */
  settings: PlanOptions;
  environment: string;
  log: Log;
  /** Whether the resource group of an id carries the environment's tags in Azure; false when it cannot be asked. */
  groupIsOurs: (id: string) => Promise<boolean>;
  /** The file of the reviewed plan, when that is to be applied; it does the same as the one of now. */
  reviewedFile: string | undefined;
  /** What may be done: the reviewed plan, or the one of now when none was reviewed. */
  allowed: PlanJson;
  /** Whether the allowed plan was made before the values were known. */
  provisional: boolean;
}

/** A kill leaves at most as many orphans as there were operations at once; each round finds those that no other waits for. */
const MOST_ROUNDS = 10;

/** Import blocks of this run alone; the name is not one that a root would have. */
const IMPORTS_FILE = 'moodle-high-scale-adopt.tf';

/** Applies the plan file; adopts what proves to be our own; fails with the apply's own error otherwise. */
export async function applyAndAdopt(options: ApplyOptions): Promise<void> {
  const { terraform, settings, log } = options;
  const adopted = new Set<string>();
  let planFile = options.reviewedFile ?? settings.planFile;
  for (let round = 0; ; round += 1) {
    try {
      await terraform.apply({ ...settings, planFile });
      return;
    } catch (error) {
      if (!(error instanceof TerraformError)) throw error;
      if (error.kind === 'stale' && planFile === options.reviewedFile) {
        log.info(
          'The state was written since the review, so terraform does not take the reviewed file. The plan of now does the same, and is applied in its place.',
        );
        planFile = settings.planFile;
        continue;
      }
      const orphans = orphansOf(error.diagnostics);
      const stuck = orphans.some(({ address }) => adopted.has(address));
      if (orphans.length === 0 || stuck || round >= MOST_ROUNDS) throw error;
      for (const { address } of orphans) adopted.add(address);
      planFile = settings.planFile;
      await planAdoption(options, orphans, adopted);
    }
  }
}

/** Makes the plan file anew, with the orphans imported. */
async function planAdoption(
  options: ApplyOptions,
  orphans: readonly Orphan[],
  adopted: ReadonlySet<string>,
): Promise<void> {
  const { terraform, directory, settings, environment, log } = options;
  for (const { address, id } of orphans) log.info(`${address} exists and is not in the state; is it ours? ${id}`);
  const importsFile = join(directory, IMPORTS_FILE);
  writeFileSync(importsFile, renderImports(orphans));
  try {
    await terraform.plan({ ...settings, lock: true });
    const plan = await terraform.show(settings.planFile);
    const { doubtful, foreign } = judgeOrphans(plan, orphans, environment);
    for (const orphan of doubtful) if (!(await options.groupIsOurs(orphan.id))) foreign.push(orphan);
    if (foreign.length > 0) {
      const list = foreign.map(({ address, id }) => `${address} (${id})`).join(', ');
      throw new Refused(
        'foreign-resource',
        `Azure has already what Terraform would make, and it is not provably of environment ${environment}: ${list}. Import it by hand if it is yours, else rename one of them.`,
      );
    }
    const values = options.provisional ? 'any' : 'equal';
    const strays = strayChanges(options.allowed, plan, { values, adopted });
    if (strays.length > 0)
      throw new Refused(
        'plan-changed',
        `With what a run that was cut off has made, the plan is no longer the one that was begun: ${strays.join(', ')}. Plan again.`,
      );
    for (const { address } of orphans)
      log.notice(`${address} was made by a run that was cut off; it is taken into the state.`);
  } finally {
    rmSync(importsFile, { force: true });
  }
}
