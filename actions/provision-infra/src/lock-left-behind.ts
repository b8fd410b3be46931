/** The post step of a run that did not come to its end: it may have left the state locked. */
import { hostname } from 'node:os';
import { describeLock, releaseOf } from '#toolkit/terraform/lock';
import { type ProvisionContext, terraformOf } from './prepare.ts';

/** Looks, and warns when the state is locked. It breaks no lock: another run may hold it. */
export async function lookForLock(context: ProvisionContext): Promise<void> {
  const { log, clock, inputs } = context;
  const held = await terraformOf(context).lockHolder();
  if (held === undefined) {
    log.info('This run was cut off, and left no lock on the state.');
    return;
  }
  const ours = held.who.endsWith(`@${hostname()}`);
  const whose = ours ? 'This run was cut off and left' : 'This run was cut off, and there is';
  log.warning(
    `${whose} a lock on the state of ${inputs.workingDirectory}, environment ${inputs.environment}: ${describeLock(held, clock.now())}. When no run is left that could hold it, release it with ${releaseOf(held, held.path.includes('/') && !/^[./]/.test(held.path))}.`,
  );
}
