/** Following the log of a build: a blob that grows, and is marked when it is complete. */
import { AzureError } from './azure-error.ts';
import type { Blobs } from './blob.ts';

/** Reads what came since the last read. */
export interface LogReader {
  read(): Promise<{ lines: string[]; complete: boolean }>;
}

/**
 * Makes a reader.
 *
 * @param requestLink asks for an address of the log; asked again when the old one has expired
 */
export function createLogReader(blobs: Blobs, requestLink: () => Promise<string>): LogReader {
  let link: string | undefined;
  let offset = 0;
  let rest = '';
  const readPart = async () => {
    link ??= await requestLink();
    try {
      return await blobs.readFrom(link, offset);
    } catch (error) {
      if (!(error instanceof AzureError) || error.status !== 403) throw error;
      link = await requestLink();
      return blobs.readFrom(link, offset);
    }
  };
  return {
    async read() {
      const part = await readPart();
      // Without a range in the answer (status 200) the whole blob came.
      const text = part.status === 200 ? Buffer.from(part.text).subarray(offset).toString() : part.text;
      offset += Buffer.byteLength(text);
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      const complete = part.metadata.complete !== undefined;
      if (complete && rest !== '') lines.push(rest);
      if (complete) rest = '';
      return { lines, complete };
    },
  };
}
