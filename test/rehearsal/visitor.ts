/** Somebody who is logged in and asks for a page all the time, as the world's Front Door serves it. */
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 100;
const TIMEOUT_MILLISECONDS = 15_000;

/** Where the site is, and who comes. */
export interface Visit {
  /** `address:port` of Front Door's edge. */
  frontDoor: string;
  /** The certificate authority, as PEM. */
  ca: string;
  /** Of the site, such as `https://moodle.example.org`. */
  address: string;
  username: string;
  password: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A visitor who is logged in. */
export interface Visitor {
  /** One line for each answer that was not their own dashboard. */
  complaints: readonly string[];
  /** Ends the visits; resolves with how many there were. */
  leave(): Promise<number>;
}

function ask({ frontDoor, ca, address }: Visit, path: string, cookie = '', form?: string): Promise<Answer> {
  const { hostname } = new URL(address);
  const [host, port] = frontDoor.split(':');
  const typed = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const headers = { host: hostname, cookie, ...typed };
  const method = form === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const options = { host, port, ca, servername: hostname, method, path, headers, timeout: TIMEOUT_MILLISECONDS };
    const call = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${TIMEOUT_MILLISECONDS} ms`)));
    call.on('error', reject);
    call.end(form);
  });
}

const cookieOf = ({ headers }: Answer): string | undefined => headers['set-cookie']?.[0]?.split(';')[0];

/** Logs in, and asks for the dashboard until they leave. */
export async function visit(site: Visit): Promise<Visitor> {
  const page = await ask(site, '/login/index.php');
  const logintoken = /name="logintoken" value="(\w+)"/.exec(page.body)?.[1] ?? '';
  const form = new URLSearchParams({ username: site.username, password: site.password, logintoken });
  const answer = await ask(site, '/login/index.php', cookieOf(page), form.toString());
  const cookie = cookieOf(answer);
  if (answer.status !== 303 || cookie === undefined) throw new Error(`Nobody was logged in: ${answer.status}.`);
  const complaints: string[] = [];
  let visits = 0;
  let left = false;
  const staying = (async () => {
    while (!left) {
      visits += 1;
      const seen = await ask(site, '/my/', cookie).catch((error: Error) => error.message);
      if (typeof seen === 'string') complaints.push(seen);
      else if (seen.status !== 200 || !seen.body.includes(`<b id="username">${site.username}</b>`))
        complaints.push(`${seen.status} ${seen.headers.location ?? seen.body.slice(0, 200)}`);
      await sleep(PAUSE_MILLISECONDS);
    }
  })();
  return {
    complaints,
    leave: async () => {
      left = true;
      await staying;
      return visits;
    },
  };
}
