/** The way to the site: its name, its certificate, and from plain HTTP. */
import { lookup } from 'node:dns/promises';
import { type Check, failed, failedForGood, passed } from '../check.ts';
import { siteError } from '../site-error.ts';

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** DNS knows the name. */
export const name: Check = {
  name: 'Name in DNS',
  gate: true,
  async look({ hostName, usesDns }) {
    if (!usesDns) return passed('not asked: connect-to is given');
    try {
      const found = await lookup(hostName, { all: true });
      return passed(found.map(({ address }) => address).join(', '));
    } catch (error) {
      throw siteError(`https://${hostName}`, error);
    }
  },
};

/** It is this name's, signed by somebody the runner trusts (else there is no answer at all), and lasts. */
export const certificate: Check = {
  name: 'HTTPS and certificate',
  gate: true,
  async look(site) {
    const { certificateEnds } = await site.login();
    const left = Math.floor(((certificateEnds?.getTime() ?? 0) - site.now) / DAY_MILLISECONDS);
    const ends = certificateEnds?.toISOString().slice(0, 10);
    return left >= site.certificateDays
      ? passed(`valid for ${left} more days`)
      : failedForGood(
          `ends on ${ends}, in ${left} days; a managed certificate is renewed only while the domain's CNAME record leads to Front Door, one of yours must be renewed in the vault`,
        );
  },
};

const REDIRECTS = [301, 302, 307, 308];

/** Whoever types the name without https:// gets there too, and nothing is served in the clear. */
export const redirect: Check = {
  name: 'Redirect to HTTPS',
  async look(site) {
    const { status, headers } = await site.get('/login/index.php', { scheme: 'http' });
    const wanted = `https://${site.hostName}/login/index.php`;
    if (!REDIRECTS.includes(status))
      return failed(
        `http://${site.hostName} answers ${status} and leads nowhere; the route needs https_redirect_enabled = true`,
      );
    return headers.location === wanted
      ? passed(`${status} to ${wanted}`)
      : failed(`http://${site.hostName} leads to ${headers.location ?? 'nowhere'}, not to ${wanted}`);
  },
};
