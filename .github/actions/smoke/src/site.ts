/** The site during one round of checks. */
import { UserError } from '#toolkit/errors';
import { type Address, type GetOptions, get, type Response, type Target } from './request.ts';

/**
 * The page that every Moodle has, and has for everybody. `loginredirect=0` keeps Moodle from sending people on to a log-in
 * of the organisation's own.
 */
export const LOGIN = '/login/index.php?loginredirect=0';

/** Asks Moodle's pods to say who they are and whom they take for the client; see images/moodle. */
export const PROBE = { 'x-moodle-probe': '1' };

export interface Site {
  hostName: string;
  /** Whether DNS is asked at all. */
  usesDns: boolean;
  webPods: number;
  certificateDays: number;
  now: number;
  get: (path: string, options?: Omit<GetOptions, 'signal'>) => Promise<Response>;
  /** The log-in page, fetched once in a round. */
  login: () => Promise<Response>;
}

/** What is the same for all rounds. */
export interface SiteOptions {
  hostName: string;
  connectTo: string | undefined;
  connectToPlain: string | undefined;
  webPods: number;
  certificateDays: number;
  requestTimeout: number;
}

/** The site for one round. @throws UserError when an address is none */
export function visit(options: SiteOptions, now: number, signal: AbortSignal): Site {
  const { hostName, connectTo, connectToPlain, webPods, certificateDays } = options;
  const secure = addressOf('connect-to', connectTo, 443);
  const plain = addressOf('connect-to-plain', connectToPlain, 80);
  const target: Target = {
    hostName,
    secure,
    plain: plain ?? (secure === undefined ? undefined : { ...secure, port: 80 }),
    requestTimeoutMilliseconds: options.requestTimeout,
  };
  let page: Promise<Response> | undefined;
  const fetchPage: Site['get'] = (path, more) => get(target, path, { ...more, signal });
  return {
    hostName,
    usesDns: secure === undefined,
    webPods,
    certificateDays,
    now,
    get: fetchPage,
    login: () => {
      page ??= fetchPage(LOGIN, { headers: PROBE });
      return page;
    },
  };
}

function addressOf(input: string, given: string | undefined, port: number): Address | undefined {
  if (given === undefined) return undefined;
  const url = URL.parse(`tcp://${given}`);
  if (url === null || url.hostname === '' || !/^\/?$/.test(url.pathname))
    throw new UserError(`Input "${input}" must be an address, or address:port; it is "${given}".`);
  return { address: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? port : Number(url.port) };
}
