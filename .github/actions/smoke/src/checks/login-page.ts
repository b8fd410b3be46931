/** The log-in page: there, Moodle's, and at its own address. */
import { type Check, failed, failedForGood, passed } from '../check.ts';
import type { Response } from '../request.ts';

/** What a status that is not 200 means on the way through Front Door. */
function trouble({ status, headers }: Response, hostName: string): string {
  const fromEdge = headers['x-azure-externalerror'] !== undefined;
  if (status === 404 && fromEdge)
    return `Front Door knows no route for ${hostName}; it spreads one within minutes, else the domain is not associated with the route`;
  if (status === 403)
    return 'answers 403: the firewall refuses a plain visitor; its log FrontDoorWebApplicationFirewallLog names the rule';
  if (status === 504 || status === 502)
    return `answers ${status}: Front Door does not reach the pods; is the private link connection approved (in use some minutes later), and is a web pod ready`;
  if (status === 503 && !fromEdge)
    return 'answers 503: Moodle is in maintenance mode, or every pod is busy; `admin/cli/maintenance.php --disable` ends the mode';
  if (status >= 500 && !fromEdge)
    return `answers ${status}: Moodle itself fails; the log of the web pods says why (database, Redis, configuration)`;
  return `answers ${status}`;
}

export const loginPage: Check = {
  name: 'Log-in page',
  gate: true,
  async look(site) {
    const page = await site.login();
    const { status, headers, body } = page;
    if (status === 301 || status === 302 || status === 303) {
      const location = headers.location ?? 'nowhere';
      const target = URL.parse(location, `https://${site.hostName}`);
      if (target !== null && /^\/(admin\/|install)/.test(target.pathname))
        return failedForGood(`leads to ${location}: the database is not installed; run the database phase`);
      if (target?.hostname !== site.hostName)
        return failedForGood(
          `leads to ${location}: Moodle was told another address (MOODLE_WWWROOT) than https://${site.hostName}`,
        );
      return failed(`leads to ${location}, where a log-in page should be`);
    }
    if (status !== 200) return failed(trouble(page, site.hostName));
    if (!body.includes('id="page-login-index"') || !body.includes('name="logintoken"'))
      return failed(`answers 200 with a page that is not Moodle's; what else is served under ${site.hostName}`);
    return passed(`200, ${body.length} characters`);
  },
};

/** Moodle writes its own address into every form and link: another one would lead people away. */
export const ownAddress: Check = {
  name: "Moodle's own address",
  async look(site) {
    const { body } = await site.login();
    const wanted = `https://${site.hostName}`;
    const action = /action="([^"]+\/login\/index\.php)"/.exec(body)?.[1];
    if (action === undefined) return failedForGood('the log-in form names no address to send it to');
    return action.startsWith(`${wanted}/`)
      ? passed(wanted)
      : failedForGood(`the log-in form is sent to ${action}; MOODLE_WWWROOT must be ${wanted}`);
  },
};
