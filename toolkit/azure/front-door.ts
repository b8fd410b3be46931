/**
 * What Front Door itself says of its private origin: the state of its private link, and how its health probes end.
 * Cdn resource provider 2025-04-15; Azure Monitor metrics 2023-10-01.
 */
import type { ResourceManager } from './resource-manager.ts';

const CDN_VERSION = '2025-04-15';
const METRICS_VERSION = '2023-10-01';

/** Metrics are measured every minute and processed within three; older values say nothing of now. */
const METRIC_MINUTES = 5;

interface WireOrigin {
  properties: { sharedPrivateLinkResource?: { status?: string } | null };
}

interface WireMetrics {
  value: { timeseries: { data: { average?: number }[] }[] }[];
}

/**
 * The state of an origin's private link as Front Door sees it: `Pending`, `Approved`, `Rejected`, `Disconnected` or
 * `Timeout`; undefined when Front Door does not say, or there is no such origin.
 */
export async function originLinkStatus(arm: ResourceManager, originId: string): Promise<string | undefined> {
  const origin = await arm.find<WireOrigin>(originId, CDN_VERSION);
  return origin?.properties.sharedPrivateLinkResource?.status;
}

/**
 * Share of the health probes of the origin's profile that succeeded in the last minute that is processed, in percent.
 * Undefined when there is no value yet. The origin itself has no state that tells it; only this metric does
 * (https://learn.microsoft.com/azure/frontdoor/monitor-front-door-reference).
 */
export async function originHealth(arm: ResourceManager, originId: string, now: number): Promise<number | undefined> {
  const profile = originId.replace(/\/originGroups\/.*$/i, '');
  const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  const answer = await arm.get<WireMetrics>(`${profile}/providers/Microsoft.Insights/metrics`, METRICS_VERSION, {
    metricnames: 'OriginHealthPercentage',
    timespan: `${minutesAgo(METRIC_MINUTES)}/${minutesAgo(0)}`,
    interval: 'PT1M',
    aggregation: 'Average',
  });
  const points = answer.value.flatMap(({ timeseries }) => timeseries.flatMap(({ data }) => data));
  return points.map(({ average }) => average).findLast((average) => average !== undefined);
}
