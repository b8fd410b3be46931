/** A folder of manifests planned as the actions do it. */
import { compare } from '#toolkit/kube/comparison';
import { createKubectl } from '#toolkit/kube/kubectl';
import { renderKustomization } from '#toolkit/kube/kustomize';
import { planObjects } from '#toolkit/kube/object-plan';
import { systemClock } from '#toolkit/process/clock';
import { createExec } from '#toolkit/process/exec';
import { createSecrets } from '#toolkit/secrets';
import { silentLog } from './silent-log.ts';

/** What is planned, and how many steps there must be. */
export interface PlanTask {
  kubeconfig: string;
  cacheDirectory: string;
  folder: string;
  steps: number;
}

/** Milliseconds that a plan takes. */
export async function plan({ kubeconfig, cacheDirectory, folder, steps: expected }: PlanTask): Promise<number> {
  const start = performance.now();
  const secrets = createSecrets(() => {});
  const { signal } = new AbortController();
  const exec = createExec(secrets, signal);
  const kube = createKubectl({
    kubeconfig,
    cacheDirectory,
    namespace: 'site',
    exec,
    execUntil: (until) => createExec(secrets, until),
    log: silentLog,
    clock: systemClock,
    signal,
    environment: process.env,
  });
  const rendered = await renderKustomization(folder, exec);
  const { steps } = planObjects(await compare(kube, rendered, { force: true, advice: '' }));
  const milliseconds = performance.now() - start;
  if (steps.length !== expected) throw new Error(`${steps.length} steps were planned, and ${expected} objects differ.`);
  return milliseconds;
}
