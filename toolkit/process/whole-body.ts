import type { IncomingMessage } from 'node:http';

/**
 * Reads an answer to its end. The `readBody` of @actions/http-client waits for ever when the connection is cut in the middle
 * of an answer, and with nothing else to wait for Node then ends without a word.
 *
 * @throws an error with the code ECONNRESET when the connection was cut
 */
export async function wholeBody(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of answer) parts.push(Buffer.from(part as Uint8Array));
  } catch (cause) {
    throw Object.assign(new Error('the connection was cut in the middle of the answer', { cause }), {
      code: 'ECONNRESET',
    });
  }
  return Buffer.concat(parts).toString('utf8');
}
