/** The probes of a running container: startup first, readiness and liveness only when it has succeeded. */
import type { Probe } from '../objects.ts';
import type { PodContext } from './pod-context.ts';
import { type CheckTarget, check } from './probe-check.ts';
import { startProber } from './prober.ts';

/** What the probes find. A container without a readiness probe is ready when it has started. */
export interface HealthListener {
  started(): void;
  ready(ready: boolean): void;
  unhealthy(probe: 'startup' | 'liveness'): void;
}

/** Starts the probes; the returned function stops them. */
export function watchHealth(target: CheckTarget, context: PodContext, listener: HealthListener): () => void {
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  const stops: (() => void)[] = [];
  const probe = (kind: string, settings: Probe, eager: boolean, verdict: (ok: boolean, stop: () => void) => void) => {
    const stop = startProber(
      settings,
      () => check(settings, target, settings.timeoutSeconds ?? 1),
      {
        verdict: (ok) => verdict(ok, stop),
        failed: (message) =>
          context.report({ type: 'Warning', reason: 'Unhealthy', message: `${kind} probe failed: ${message}` }),
      },
      { clock: context.services.clock, eager },
    );
    stops.push(stop);
  };
  const up = (): void => {
    listener.started();
    if (readinessProbe === undefined) {
      listener.ready(true);
    } else {
      probe('Readiness', readinessProbe, true, (ok) => listener.ready(ok));
    }
    if (livenessProbe !== undefined) {
      probe('Liveness', livenessProbe, false, (ok) => (ok ? undefined : listener.unhealthy('liveness')));
    }
  };
  if (startupProbe === undefined) {
    up();
  } else {
    probe('Startup', startupProbe, true, (ok, stop) => {
      stop();
      return ok ? up() : listener.unhealthy('startup');
    });
  }
  return () => {
    for (const stop of stops) {
      stop();
    }
  };
}
