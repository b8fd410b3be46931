/** How a container is ended: preStop, the stop signal, and SIGKILL when its grace is over. */
import { type PodContext, pause } from './pod-context.ts';
import { type CheckTarget, check } from './probe-check.ts';

/** Seconds after the signal at least, however long preStop took (kubelet's minimum). Not when the whole world stops. */
const shortestGrace = 2;

/** Resolves when the container has ended. A grace of nothing kills at once. */
export async function endContainer(
  target: CheckTarget,
  context: PodContext,
  { graceSeconds, hooks, signal }: { graceSeconds: number; hooks: boolean; signal: NodeJS.Signals },
): Promise<void> {
  const { clock } = context.services;
  const { running } = target;
  const end = clock.now().getTime() + graceSeconds * 1000;
  const ended = new AbortController();
  const gone = running.ended.then(() => ended.abort());
  const hook = target.container.lifecycle?.preStop;
  if (hooks && hook !== undefined && graceSeconds > 0) {
    const done = check(hook, target, graceSeconds).then(({ ok, message }) => {
      if (!ok && !ended.signal.aborted) {
        context.report({ type: 'Warning', reason: 'FailedPreStopHook', message: `PreStopHook failed: ${message}` });
      }
    });
    await Promise.race([done, gone]);
  }
  if (graceSeconds > 0) {
    running.kill(signal);
    const least = hooks ? shortestGrace * 1000 : 0;
    await pause(clock, Math.max(end - clock.now().getTime(), least), ended.signal);
  }
  running.kill('SIGKILL');
  await gone;
}
