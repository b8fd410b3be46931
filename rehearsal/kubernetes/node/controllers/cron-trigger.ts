/**
 * KEDA's trigger `cron`: so many pods between two moments of the year. After pkg/scalers/cron_scaler.go of kedacore/keda: the
 * trigger holds while the next end is sooner than the next start, and asks for one pod otherwise.
 *
 * Only moments of the form `minute hour day month *` are known, in Etc/UTC.
 */
import type { Cluster } from '../cluster.ts';

/** A trigger of a ScaledObject. */
export interface Trigger {
  type: string;
  metricType?: string;
  metadata: Record<string, string>;
}

const MOMENT = /^(\d{1,2}) (\d{1,2}) (\d{1,2}) (\d{1,2}) \*$/;
const UTC = new Set(['Etc/UTC', 'UTC']);

/** What is wrong with the triggers as far as this clock goes; undefined when it knows them all. */
export function unknownMoments(triggers: readonly Trigger[]): string | undefined {
  const unknown = triggers
    .filter(({ type }) => type === 'cron')
    .find(({ metadata: { timezone = '', start = '', end = '' } }) => !(UTC.has(timezone) && isMoment(start, end)));
  return unknown && `the rehearsal's clock knows "minute hour day month *" in Etc/UTC only: ${JSON.stringify(unknown)}`;
}

const isMoment = (...moments: string[]): boolean => moments.every((moment) => MOMENT.test(moment));

/** What KEDA takes for now: the machine's time, or `now` of the ConfigMap `kube-system/keda-clock`, which stands still. */
export function timeOf(cluster: Cluster): { now: Date; standsStill: boolean } {
  const set = cluster.get('ConfigMap', 'kube-system', 'keda-clock') as { data?: { now?: string } } | undefined;
  const now = set?.data?.now;
  return now === undefined
    ? { now: cluster.clock.now(), standsStill: false }
    : { now: new Date(now), standsStill: true };
}

/** The most pods that the clock asks for; undefined without a trigger of the clock. */
export function podsByClock(triggers: readonly Trigger[], now: Date): number | undefined {
  const asked = triggers
    .filter(({ type }) => type === 'cron')
    .map(({ metadata: { start = '', end = '', desiredReplicas = '1' } }) =>
      next(end, now) < next(start, now) ? Number(desiredReplicas) : 1,
    );
  return asked.length === 0 ? undefined : Math.max(...asked);
}

/** Milliseconds until a trigger begins or ends to hold. */
export function untilNextMoment(triggers: readonly Trigger[], now: Date): number | undefined {
  const moments = triggers
    .filter(({ type }) => type === 'cron')
    .flatMap(({ metadata: { start = '', end = '' } }) => [next(start, now), next(end, now)]);
  return moments.length === 0 ? undefined : Math.min(...moments) - now.getTime();
}

/** The next time after now that a moment of the year comes. */
function next(moment: string, now: Date): number {
  const [, minute, hour, day, month] = (MOMENT.exec(moment) ?? []).map(Number);
  const inYear = (year: number): number => Date.UTC(year, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0);
  const year = now.getUTCFullYear();
  return inYear(year) > now.getTime() ? inYear(year) : inYear(year + 1);
}
