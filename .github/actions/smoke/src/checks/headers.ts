/** Headers that Front Door puts on every answer, and the cookie's own protection. */
import { type Check, failed, passed } from '../check.ts';
import { sessionCookie } from './session-cookie.ts';

/** Half a year; infra/frontend says a year. */
const LEAST_HSTS_SECONDS = 15_552_000;
/** Policies that tell other sites the whole address of a page. */
const TALKATIVE = ['unsafe-url', 'no-referrer-when-downgrade'];

export const securityHeaders: Check = {
  name: 'Security headers',
  async look(site) {
    const response = await site.login();
    const header = (name: string): string => String(response.headers[name] ?? '');
    const hsts = Number(/max-age=(\d+)/.exec(header('strict-transport-security'))?.[1] ?? 0);
    const referrer = header('referrer-policy');
    const missing = [
      ...(hsts >= LEAST_HSTS_SECONDS ? [] : ['Strict-Transport-Security of half a year or more']),
      ...(header('x-content-type-options') === 'nosniff' ? [] : ['X-Content-Type-Options: nosniff']),
      ...(referrer === '' || TALKATIVE.includes(referrer) ? ['a Referrer-Policy that keeps addresses private'] : []),
    ];
    if (missing.length > 0)
      return failed(
        `without ${missing.join(', ')}; the rule securityheaders of infra/frontend sets them, and takes some minutes to spread`,
      );
    const cookie = sessionCookie(response);
    if (cookie !== undefined && !/;\s*secure/i.test(cookie.text))
      return failed('the session cookie is not Secure; Moodle must know that it is behind HTTPS (sslproxy)');
    return passed(`HSTS for ${Math.floor(hsts / 86_400)} days, nosniff, ${referrer}`);
  },
};
