/** The committed bundle against the edge of Front Door, with every fault that it is there to find. */
import { describe, expect, jest, test } from '@jest/globals';
import type { CheckResult } from '../src/check.ts';
import { HOST, type Plant, smoke } from './site.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

const checksOf = (outputs: Record<string, string>) => JSON.parse(outputs.checks ?? '[]') as CheckResult[];

describe('a site that is well', () => {
  test('passes every check, and says what was seen', async () => {
    const end = await smoke();
    expect(end.errors).toEqual([]);
    expect(end.exitCode).toBe(0);
    const checks = checksOf(end.outputs);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(checks.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([
      'Name in DNS: not asked: connect-to is given',
      'HTTPS and certificate: valid for 29 more days',
      `Redirect to HTTPS: 307 to https://${HOST}/login/index.php`,
      expect.stringMatching(/^Log-in page: 200, \d+ characters$/),
      `Moodle's own address: https://${HOST}`,
      'Security headers: HSTS for 365 days, nosniff, strict-origin-when-cross-origin',
      'Pages not from the cache: CONFIG_NOCACHE, a session for each visitor',
      'Static file from the cache: TCP_HIT at request 2: /theme/styles.php/boost/1/all',
      'Installer not reachable: /admin/index.php 303, /install.php 403, /admin/cli/install.php 404',
      'Health paths not public: /healthz 404, /readyz 404, /fpm-status 404',
      "Visitor's own address: Moodle sees the address that Front Door sees, and not a made-up one",
      'Session from pod to pod: 6 requests, 2 pods, one session',
    ]);
    expect(end.summary).toContain(`Smoke test of ${HOST}`);
    expect(end.summary.match(/\| passed \|/g)).toHaveLength(12);
  });

  test('of one pod needs no second', async () => {
    const end = await smoke({ pods: { onePod: true }, inputs: { 'web-pods': '1' } });
    expect(end.errors).toEqual([]);
    expect(checksOf(end.outputs).at(-1)?.detail).toBe('6 requests, one pod, one session');
  });

  test('is waited for while Front Door spreads, with progress', async () => {
    // From the first request on: a busy machine takes its time to start the process.
    let until: number | undefined;
    const end = await smoke({
      inputs: { timeout: '1m' },
      edge: {
        verdict: (verdict) => {
          until ??= Date.now() + 7000;
          return { ...verdict, routed: Date.now() > until };
        },
      },
    });
    expect(end.errors).toEqual([]);
    expect(end.log).toMatch(
      /Waiting for https:\/\/moodle.example.org to pass: Log-in page: Front Door knows no route for moodle.example.org; /,
    );
  });
});

/** What is wrong, the check that finds it, the sentence, and whether time may mend it. */
const faults: [fault: string, plant: Plant, check: string, sentence: RegExp, may: 'pass' | 'last'][] = [
  [
    'a certificate of another name',
    { certificate: { hosts: ['other.example.org'] } },
    'HTTPS and certificate',
    /^the certificate is for other names than moodle.example.org \(DNS:localhost, DNS:other.example.org, .*\); validate the domain/,
    'pass',
  ],
  [
    'a certificate that has expired',
    { certificate: { hosts: [HOST], daysLeft: -1 } },
    'HTTPS and certificate',
    /^the certificate of moodle.example.org has expired; /,
    'pass',
  ],
  [
    'a certificate that ends soon',
    { certificate: { hosts: [HOST], daysLeft: 5 } },
    'HTTPS and certificate',
    /^ends on \d{4}-\d\d-\d\d, in 4 days; /,
    'last',
  ],
  [
    'a certificate that nobody knows',
    { untrusted: true },
    'HTTPS and certificate',
    /^nobody that this runner trusts has signed .* \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
    'pass',
  ],
  [
    'plain HTTP that is served',
    { edge: { redirect: () => undefined } },
    'Redirect to HTTPS',
    /^http:\/\/moodle.example.org answers 200 and leads nowhere; the route needs https_redirect_enabled/,
    'pass',
  ],
  [
    'a redirect to another host',
    { edge: { redirect: () => 'https://old.example.org/login/index.php' } },
    'Redirect to HTTPS',
    /leads to https:\/\/old.example.org\/login\/index.php, not to https:\/\/moodle.example.org\/login\/index.php$/,
    'pass',
  ],
  [
    'no route',
    { edge: { verdict: (verdict) => ({ ...verdict, routed: false }) } },
    'Log-in page',
    /^Front Door knows no route for moodle.example.org/,
    'pass',
  ],
  [
    'a firewall that refuses everybody',
    { edge: { verdict: (verdict) => ({ ...verdict, blocked: true }) } },
    'Log-in page',
    /^answers 403: the firewall refuses a plain visitor/,
    'pass',
  ],
  [
    'a connection that is not approved',
    { unreachable: true },
    'Log-in page',
    /^answers 504: Front Door does not reach the pods; is the private link connection approved/,
    'pass',
  ],
  ['no pod behind it', { podsGone: true }, 'Log-in page', /^answers 502: Front Door does not reach the pods/, 'pass'],
  [
    'an edge that never answers',
    { edge: { silent: true }, inputs: { 'request-timeout': '1s' } },
    'HTTPS and certificate',
    /^https:\/\/moodle.example.org\/login\/index.php\?loginredirect=0 gives no answer: none within 1 s$/,
    'pass',
  ],
  [
    'maintenance mode',
    { pods: { login: { status: 503, headers: { 'retry-after': '60' } } } },
    'Log-in page',
    /^answers 503: Moodle is in maintenance mode/,
    'pass',
  ],
  [
    'a Moodle that fails',
    { pods: { login: { status: 500 } } },
    'Log-in page',
    /^answers 500: Moodle itself fails/,
    'pass',
  ],
  [
    'a database that is not installed',
    { pods: { login: { status: 303, headers: { location: `https://${HOST}/admin/index.php` } } } },
    'Log-in page',
    /^leads to https:\/\/moodle.example.org\/admin\/index.php: the database is not installed/,
    'last',
  ],
  [
    'a Moodle that sends people to another host',
    { pods: { login: { status: 303, headers: { location: 'https://old.example.org/login/index.php' } } } },
    'Log-in page',
    /^leads to https:\/\/old.example.org\/.*: Moodle was told another address \(MOODLE_WWWROOT\)/,
    'last',
  ],
  [
    'another site under the name',
    { pods: { login: { status: 200, body: '<h1>It works!</h1>' } } },
    'Log-in page',
    /^answers 200 with a page that is not Moodle's/,
    'pass',
  ],
  [
    'a form that is sent elsewhere',
    { pods: { address: 'http://moodle.internal' } },
    "Moodle's own address",
    /^the log-in form is sent to http:\/\/moodle.internal\/login\/index.php; MOODLE_WWWROOT must be/,
    'last',
  ],
  [
    'no security headers',
    { edge: { verdict: (verdict) => ({ ...verdict, headers: [] }) } },
    'Security headers',
    /^without Strict-Transport-Security .*, X-Content-Type-Options: nosniff, a Referrer-Policy .*; the rule securityheaders/,
    'pass',
  ],
  [
    'HSTS for a minute',
    {
      edge: {
        answer: ({ status, headers }) => ({
          status,
          headers: { ...headers, 'strict-transport-security': 'max-age=60' },
        }),
      },
    },
    'Security headers',
    /^without Strict-Transport-Security of half a year or more; /,
    'pass',
  ],
  [
    'a cookie that goes over plain HTTP',
    { pods: { insecureCookie: true } },
    'Security headers',
    /^the session cookie is not Secure/,
    'pass',
  ],
  [
    'pages from the cache',
    {
      edge: {
        answer: ({ status, headers }, url) => ({
          status,
          headers: url.startsWith('/login')
            ? { ...headers, 'x-cache': 'TCP_HIT', 'set-cookie': 'MoodleSession=a; secure' }
            : headers,
        }),
      },
    },
    'Pages not from the cache',
    /^the log-in page comes from the cache \(TCP_HIT\), so visitors share a session/,
    'last',
  ],
  [
    'style sheets that no rule lets be cached',
    { edge: { verdict: (verdict) => ({ ...verdict, cached: false }) } },
    'Static file from the cache',
    /is never from the cache \(CONFIG_NOCACHE\): the rule staticfiles/,
    'pass',
  ],
  [
    'style sheets that Moodle forbids to keep',
    { pods: { styleControl: 'no-store' } },
    'Static file from the cache',
    /is never from the cache \(PRIVATE_NOSTORE\): Moodle forbids to keep it; is the theme designer mode on$/,
    'pass',
  ],
  [
    'style sheets that are not there',
    { pods: { styleStatus: 404 } },
    'Static file from the cache',
    /^\/theme\/styles.php\/boost\/1\/all answers 404; pages would be without style/,
    'pass',
  ],
  [
    'pictures that are not there',
    { pods: { iconStatus: 404 } },
    'Static file from the cache',
    /^\/theme\/image.php\/boost\/theme\/1\/favicon answers 404; pages would be without style, pictures or scripts$/,
    'pass',
  ],
  [
    'an installer for everybody',
    { pods: { installerOpen: true } },
    'Installer not reachable',
    /^\/admin\/index.php shows Moodle's installer to everybody/,
    'last',
  ],
  [
    'install.php through the firewall',
    {
      edge: {
        answer: ({ status, headers }, url) => ({ status: url === '/install.php' ? 200 : status, headers }),
      },
    },
    'Installer not reachable',
    /^\/install.php answers 200; nginx must refuse it/,
    'pass',
  ],
  ['health for everybody', { pods: { healthOpen: true } }, 'Health paths not public', /^\/healthz is open/, 'last'],
  [
    'a client address that visitors make up',
    { pods: { client: (forwarded) => forwarded[0] ?? '' } },
    "Visitor's own address",
    /^Moodle believes any address that a visitor writes into X-Forwarded-For/,
    'last',
  ],
  [
    "the load balancer's address for all visitors",
    { pods: { client: () => '10.64.18.4' } },
    "Visitor's own address",
    /^Moodle takes this visitor for 10.64.18.4, and Front Door saw another address/,
    'last',
  ],
  [
    'a way round Front Door',
    { edge: { toOrigin: ({ 'x-azure-socketip': _, ...headers }) => headers } },
    "Visitor's own address",
    /^the request did not come through Front Door/,
    'pass',
  ],
  [
    'an image that is not ours',
    { pods: { noProbe: true } },
    "Visitor's own address",
    /^the pods do not say who they are/,
    'last',
  ],
  [
    'sessions that stay in a pod',
    { pods: { sessionsInPods: true } },
    'Session from pod to pod',
    /^pod (000|111) began a session that pod (000|111) does not know; sessions must be in the Redis cluster/,
    'last',
  ],
  [
    'all visitors at one pod',
    { pods: { onePod: true } },
    'Session from pod to pod',
    /^30 requests were all answered by one pod/,
    'pass',
  ],
];

test('there are faults for every check but the name', () => {
  const found = new Set(faults.map(([, , check]) => check));
  expect(found.size).toBe(11);
  expect(faults.length).toBeGreaterThanOrEqual(12);
});

test.concurrent.each(faults)('%s', async (_, plant, check, sentence, may) => {
  const end = await smoke(plant);
  expect(end.exitCode).toBe(1);
  const failed = checksOf(end.outputs).filter(({ passed }) => !passed);
  expect(failed.map((one) => one.check)).toContain(check);
  expect(failed.find((one) => one.check === check)?.detail).toMatch(sentence);
  expect(end.errors).toHaveLength(1);
  const [head, ...lines] = (end.errors[0] ?? '').split('\n');
  // What time does not mend is told at once.
  expect(head).toMatch(may === 'last' ? /^https:\S+ does not pass\.$/ : /^https:\S+ did not pass within \d+ s\.$/);
  expect(lines).toHaveLength(failed.length);
  expect(lines).toContain(`${check}: ${failed.find((one) => one.check === check)?.detail}.`);
  expect(end.summary).toContain('**failed**');
});

describe('the name', () => {
  test('that DNS does not know', async () => {
    const end = await smoke({ inputs: { 'host-name': 'moodle.invalid', 'connect-to': '', 'connect-to-plain': '' } });
    expect(end.errors).toEqual([
      expect.stringMatching(
        /^https:\/\/moodle.invalid did not pass within \d+ s\.\nName in DNS: moodle.invalid is not known to DNS \((ENOTFOUND|EAI_AGAIN)\); make its CNAME record/,
      ),
    ]);
    expect(checksOf(end.outputs)).toHaveLength(1);
  });

  test('that is none', async () => {
    const end = await smoke({ inputs: { 'connect-to': 'a/b' } });
    expect(end.errors).toEqual(['Input "connect-to" must be an address, or address:port; it is "a/b".']);
    expect(end.outputs).toEqual({});
  });
});
