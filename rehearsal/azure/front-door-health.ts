/**
 * The metric by which Front Door tells how its health probes end, from a probe that is sent when somebody asks.
 * Follows Azure Monitor's metrics, version 2023-10-01, and Front Door's list of metrics.
 */
import { request } from 'node:http';
import { asValues } from '../terraform/provider/values.ts';
import type { Upstream } from './edge-forward.ts';
import type { AzureState } from './state.ts';
import { NotSimulated, type Route } from './wire.ts';

const METRIC = 'OriginHealthPercentage';
const PROBE_TIMEOUT_MS = 2000;

export function originHealthRoutes(options: { state: AzureState; upstream: () => Upstream | undefined }): Route[] {
  return [
    {
      method: 'GET',
      path: '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Cdn/profiles/:profile/providers/Microsoft.Insights/metrics',
      handle: async ({ url }) => {
        const asked = (name: string): string => url.searchParams.get(name) ?? '';
        if (asked('metricnames') !== METRIC || asked('aggregation') !== 'Average' || asked('interval') !== 'PT1M')
          throw new NotSimulated(`metric ${asked('metricnames')} ${asked('aggregation')} ${asked('interval')}`);
        const timeseries = [{ metadatavalues: [], data: await points(options) }];
        const value = [{ name: { value: METRIC, localizedValue: METRIC }, unit: 'Percent', timeseries }];
        return { status: 200, json: { timespan: asked('timespan'), interval: 'PT1M', value } };
      },
    },
  ];
}

/** The last minutes: a minute that is not processed yet has no value. */
async function points({ state, upstream }: { state: AzureState; upstream: () => Upstream | undefined }) {
  const minute = 60_000 * Math.floor(Date.now() / 60_000);
  const at = (time: number) => new Date(time).toISOString();
  if (state.origin === undefined) return [{ timeStamp: at(minute) }];
  const group = Object.values(state.terraform).find(({ type }) => type === 'azurerm_cdn_frontdoor_origin_group');
  const [probe] = Array.isArray(group?.values.health_probe) ? group.values.health_probe : [];
  const target = upstream();
  const healthy = target !== undefined && (await answers(target, String(asValues(probe).path ?? '/')));
  return [{ timeStamp: at(minute - 60_000), average: healthy ? 100 : 0 }, { timeStamp: at(minute) }];
}

/** Only 200 is healthy to Front Door. */
function answers({ address, port, host }: Upstream, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { host, 'user-agent': 'Edge Health Probe', 'x-fd-healthprobe': '1' };
    const probe = request({ host: address, port, path, headers, agent: false, timeout: PROBE_TIMEOUT_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
