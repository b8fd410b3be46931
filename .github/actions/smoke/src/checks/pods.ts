/** What the pods say of themselves to whoever asks: which one answers, and whom it takes for the client. */
import { type Check, failed, failedForGood, passed, type Verdict } from '../check.ts';
import type { Response } from '../request.ts';
import { LOGIN, PROBE, type Site } from '../site.ts';
import { loginToken, sessionCookie } from './session-cookie.ts';

interface Probe {
  instance: string;
  client: string;
  /** Whom Front Door saw; `none` when the request did not come from there. */
  edge: string;
}

const NO_PROBE =
  'the pods do not say who they are (X-Moodle-Probe); the site runs an image that was not built by this toolkit, or an older one';

function probeOf({ headers }: Response): Probe | undefined {
  const [, instance, client, edge] =
    /^instance=(\S+); client=(\S+); edge=(\S+)$/.exec(String(headers['x-moodle-probe'] ?? '')) ?? [];
  if (instance === undefined || client === undefined || edge === undefined) return undefined;
  return { instance, client: canonical(client), edge: canonical(edge) };
}

/** One spelling of an IPv6 address; an IPv4 address has only one. */
function canonical(address: string): string {
  return address.includes(':') ? (URL.parse(`http://[${address}]`)?.hostname ?? address) : address;
}

/** An address of the range for documentation (RFC 5737), which nobody has. */
const MADE_UP = '192.0.2.1';

/**
 * Moodle's log, its rate limits and its blocks by address are worth something only when it knows the visitor's own address.
 * The runner does not know by which address it goes out; Front Door does, since it sees the connection.
 */
export const clientAddress: Check = {
  name: "Visitor's own address",
  async look(site) {
    const probe = probeOf(await site.get(LOGIN, { headers: { ...PROBE, 'x-forwarded-for': MADE_UP } }));
    if (probe === undefined) return failedForGood(NO_PROBE);
    const { client, edge } = probe;
    if (edge === 'none') return failed('the request did not come through Front Door, which says whom it saw');
    if (client === MADE_UP)
      return failedForGood(
        "Moodle believes any address that a visitor writes into X-Forwarded-For; MOODLE_TRUSTED_PROXIES must hold the cluster's own networks only",
      );
    return client === edge
      ? passed('Moodle sees the address that Front Door sees, and not a made-up one')
      : failedForGood(
          `Moodle takes this visitor for ${client}, and Front Door saw another address; MOODLE_TRUSTED_PROXIES must hold the network that ${client} is in`,
        );
  },
};

/** With two pods, that so many connections all meet the same one happens once in a billion. */
const MOST_REQUESTS = 30;
const LEAST_REQUESTS = 6;

/** A session begun at one pod is known to the others: it lives in Redis, not in a pod. */
export const sessionAcrossPods: Check = {
  name: 'Session from pod to pod',
  async look(site) {
    const first = await site.get(LOGIN, { headers: PROBE });
    const [cookie, token, probe] = [sessionCookie(first)?.pair, loginToken(first), probeOf(first)];
    if (probe === undefined) return failedForGood(NO_PROBE);
    if (cookie === undefined || token === undefined)
      return failedForGood('the log-in page begins no session: no MoodleSession cookie, or no token in its form');
    return follow(site, { cookie, token, instance: probe.instance });
  },
};

async function follow(
  site: Site,
  { cookie, token, instance }: { cookie: string; token: string; instance: string },
): Promise<Verdict> {
  const seen = new Set([instance]);
  const enough = (): boolean => seen.size >= Math.min(2, site.webPods);
  let count = 0;
  while (count < LEAST_REQUESTS || (!enough() && count < MOST_REQUESTS)) {
    const answer = await site.get(LOGIN, { headers: { ...PROBE, cookie } });
    count += 1;
    const at = probeOf(answer)?.instance ?? 'unknown';
    if (answer.status !== 200) return failed(`request ${count} of a session answers ${answer.status}`);
    if (loginToken(answer) !== token)
      return failedForGood(
        at === instance
          ? 'a session is lost from one request to the next; are the session cluster and MOODLE_SESSION_REDIS_HOSTS right'
          : `pod ${instance} began a session that pod ${at} does not know; sessions must be in the Redis cluster (MOODLE_SESSION_REDIS_HOSTS), not in a pod`,
      );
    seen.add(at);
  }
  if (enough()) return passed(`${count} requests, ${seen.size === 1 ? 'one pod' : `${seen.size} pods`}, one session`);
  return failed(
    `${count} requests were all answered by one pod; is only one ready, or does something bind a visitor to a pod (session affinity)`,
  );
}
