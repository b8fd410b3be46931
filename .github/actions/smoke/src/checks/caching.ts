/** What Front Door may keep for everybody, and what it must not. */
import { type Check, failed, failedForGood, passed } from '../check.ts';
import { LOGIN } from '../site.ts';
import { sessionCookie } from './session-cookie.ts';

/** The edge's servers each have a cache: one of so many requests meets one that has the file. */
const REQUESTS = 6;

/** Files that Moodle serves with a revision in their path, and the log-in page links to. */
const STATIC =
  /(?:src|href)="(?:https?:\/\/[^/"]+)?(\/(?:theme\/(?:styles|image|font|javascript|jquery|yui_combo|yui_image)|lib\/(?:javascript|requirejs))\.php\/[^"]+)"/g;

export const staticCached: Check = {
  name: 'Static file from the cache',
  async look(site) {
    const links = (await site.login()).body.matchAll(STATIC);
    const [path, ...others] = new Set([...links].map(([, link = '']) => link.replaceAll('&amp;', '&')));
    if (path === undefined) return failed('the log-in page links to no style sheet or script of Moodle');
    for (const other of others) {
      const { status } = await site.get(other);
      if (status !== 200)
        return failed(`${other} answers ${status}; pages would be without style, pictures or scripts`);
    }
    let verdict = 'no answer';
    for (let count = 1; count <= REQUESTS; count += 1) {
      const { status, headers } = await site.get(path);
      verdict = String(headers['x-cache'] ?? 'no X-Cache header');
      if (status !== 200) return failed(`${path} answers ${status}; pages would be without style, pictures or scripts`);
      if (count > 1 && /HIT/.test(verdict)) return passed(`${verdict} at request ${count}: ${path}`);
    }
    return failed(`${path} is never from the cache (${verdict}): ${reason(verdict)}`);
  },
};

function reason(verdict: string): string {
  if (verdict.startsWith('CONFIG_NOCACHE'))
    return 'the rule staticfiles of infra/frontend does not apply, or has not spread yet';
  if (verdict.startsWith('PRIVATE')) return 'Moodle forbids to keep it; is the theme designer mode on';
  if (verdict === 'no X-Cache header') return 'the answer does not come from Front Door';
  return 'Front Door asks Moodle each time, which costs what the cache should save';
}

/** A page is one visitor's own: kept and handed to the next, it would give them the session too. */
export const pagesNotCached: Check = {
  name: 'Pages not from the cache',
  async look(site) {
    const first = await site.login();
    const second = await site.get(LOGIN);
    const verdict = String(second.headers['x-cache'] ?? '');
    const [one, other] = [sessionCookie(first), sessionCookie(second)];
    if (/HIT/.test(verdict) || (one !== undefined && one.pair === other?.pair))
      return failedForGood(
        `the log-in page comes from the cache (${verdict}), so visitors share a session; only the paths of rule staticfiles may be cached`,
      );
    if (one === undefined) return failedForGood('the log-in page sets no MoodleSession cookie');
    return passed(`${verdict}, a session for each visitor`);
  },
};
