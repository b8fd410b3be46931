import { request } from 'node:http';

/** An answer, read to its end. */
export interface Answer {
  status: number;
  encoding: string | undefined;
  /** The body as it came; compressed when `encoding` says so. */
  text: string;
}

/**
 * Asks a web server for a page of the site under the site's own name, on a connection of its own. Moodle sends a client
 * that uses another name away, and `fetch` does not let the name be chosen.
 *
 * @throws when the connection is cut before the answer is whole
 */
export function getPage(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, headers: { host: 'moodle.example.org', ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (!response.complete) return reject(new Error(`The answer to ${url} was cut off.`));
        resolve({ status: response.statusCode ?? 0, encoding: response.headers['content-encoding'], text });
      });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
