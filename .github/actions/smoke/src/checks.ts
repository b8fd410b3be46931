import { get, type Response, type Target } from './request.ts';

/** The verdict of one check. */
export interface CheckResult {
  check: string;
  passed: boolean;
  detail: string;
}

type Check = (target: Target, signal: AbortSignal) => Promise<CheckResult>;

const LOGIN = '/login/index.php';

/** The first file of the theme or of the site's own that the login page names; Moodle gives most out by scripts. */
function assetOf(page: string): string | undefined {
  const file = '[^"?]+\\.(?:css|js|svg|png|ico)[^"]*';
  const script = '(?:theme|lib)/\\w+\\.php/[^"?]+';
  return new RegExp(`(?:src|href)="(?:https?://[^/"]+)?(/(?:${file}|${script}))"`).exec(page)?.[1];
}

function cookieOf(response: Response): string | undefined {
  return response.headers['set-cookie']
    ?.map((cookie) => cookie.split(';')[0])
    .find((cookie) => cookie?.startsWith('MoodleSession'));
}

/** The login page is there, is Moodle's, and is not the way to the installer. */
const loginPage: Check = async (target, signal) => {
  const check = 'login page is Moodle';
  const response = await get(target, LOGIN, { signal });
  if (response.status === 303 || response.status === 302) {
    return {
      check,
      passed: false,
      detail: `${LOGIN} leads to ${response.headers.location ?? 'elsewhere'}: is the database installed?`,
    };
  }
  if (response.status !== 200) return { check, passed: false, detail: `${LOGIN} answers ${response.status}` };
  const moodle = /logintoken|MoodleSession|"wwwroot"/.test(
    response.body + (response.headers['set-cookie'] ?? []).join(),
  );
  return {
    check,
    passed: moodle,
    detail: moodle ? `200, ${response.body.length} characters` : 'the page has no mark of Moodle',
  };
};

/** Before the database is installed, Moodle's web installer is open to whoever comes first. */
const installerClosed: Check = async (target, signal) => {
  const response = await get(target, '/admin/index.php', { signal });
  const open = response.status === 200 && /install|upgrade/i.test(response.body) && !/login/i.test(response.body);
  const detail = open
    ? "/admin/index.php shows Moodle's installer to everybody: install the database"
    : `/admin/index.php answers ${response.status}`;
  return { check: 'installer not reachable', passed: !open, detail };
};

/** A session begun at one pod is known to the others: it lives in Redis, not in a pod. */
const sessionSurvives: Check = async (target, signal) => {
  const check = 'session survives from pod to pod';
  const cookie = cookieOf(await get(target, LOGIN, { signal }));
  if (cookie === undefined) return { check, passed: false, detail: 'the login page sets no MoodleSession cookie' };
  const again = await Promise.all(Array.from({ length: 6 }, () => get(target, LOGIN, { signal, cookie })));
  const renewed = again.filter((response) => (cookieOf(response) ?? cookie) !== cookie).length;
  const failed = again.filter((response) => response.status !== 200).length;
  return {
    check,
    passed: renewed === 0 && failed === 0,
    detail: `${again.length} more requests: ${renewed} got a new session, ${failed} failed`,
  };
};

/** Static files come from Front Door's cache on the second request. */
const staticCached: Check = async (target, signal) => {
  const check = 'static file from the cache';
  const asset = assetOf((await get(target, LOGIN, { signal })).body);
  if (asset === undefined) return { check, passed: false, detail: 'the login page names no static file' };
  await get(target, asset, { signal });
  const second = await get(target, asset, { signal });
  const cache = String(second.headers['x-cache'] ?? 'no x-cache header');
  return { check, passed: second.status === 200 && /HIT/i.test(cache), detail: `${asset}: ${second.status}, ${cache}` };
};

/** Health paths are for the cluster, not for the world. */
const healthHidden: Check = async (target, signal) => {
  const responses = await Promise.all(['/healthz', '/readyz'].map((path) => get(target, path, { signal })));
  const open = responses.filter((response) => response.status === 200).length;
  return {
    check: 'health paths not public',
    passed: open === 0,
    detail: responses.map(({ status }) => status).join(', '),
  };
};

/** All checks, in the order of the report. */
export const CHECKS: readonly Check[] = [loginPage, installerClosed, sessionSurvives, staticCached, healthHidden];

/** Runs all checks once; a connection that fails is a check that did not pass. */
export async function runChecks(target: Target, signal: AbortSignal): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of CHECKS) {
    try {
      results.push(await check(target, signal));
    } catch (error) {
      signal.throwIfAborted();
      return [...results, { check: `https://${target.hostName}`, passed: false, detail: (error as Error).message }];
    }
  }
  return results;
}
