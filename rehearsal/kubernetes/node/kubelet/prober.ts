/**
 * Repeats a probe and tells when its verdict changes. Thresholds and periods are those of the pod spec. Until the first
 * success it also looks in between, several times a second for a while: such an extra look can only find success early,
 * a failure counts once a period, so nothing is given up sooner or kept longer than in a real cluster.
 */
import type { Clock } from '../clock.ts';
import type { Probe } from '../objects.ts';
import type { CheckResult } from './probe-check.ts';

/** Called with each verdict: success or failure over the threshold; and with each failure that counts. */
export interface ProbeListener {
  verdict(ok: boolean, message: string): void;
  failed(message: string): void;
}

const quickMilliseconds = 150;
const quickPhaseMilliseconds = 20_000;

/** Starts; the returned function stops it. `eager` allows the extra looks. */
export function startProber(
  probe: Probe,
  attempt: () => Promise<CheckResult>,
  listener: ProbeListener,
  { clock, eager }: { clock: Clock; eager: boolean },
): () => void {
  const period = (probe.periodSeconds ?? 10) * 1000;
  const begin = clock.now().getTime();
  let stopped = false;
  let cancel: () => void = () => {};
  let succeededOnce = false;
  let successes = 0;
  let failures = 0;
  let counted = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const { ok, message } = await attempt();
    if (stopped) {
      return;
    }
    const now = clock.now().getTime();
    if (ok) {
      failures = 0;
      successes += 1;
      counted = now;
      if (successes === (probe.successThreshold ?? 1)) {
        succeededOnce = true;
        listener.verdict(true, '');
      }
    } else if (succeededOnce || now - counted >= period) {
      counted = now;
      successes = 0;
      failures += 1;
      listener.failed(message);
      if (!stopped && failures === (probe.failureThreshold ?? 3)) {
        listener.verdict(false, message);
      }
    }
    if (!stopped) {
      const quick = eager && !succeededOnce && now - begin < quickPhaseMilliseconds;
      cancel = clock.after(quick ? Math.min(quickMilliseconds, period) : period, look);
    }
  };

  cancel = clock.after((probe.initialDelaySeconds ?? 0) * 1000, look);
  return () => {
    stopped = true;
    cancel();
  };
}
