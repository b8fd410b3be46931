/** Container logs, read from the files that the containers write. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

const pollMilliseconds = 50;

/** The last lines of a text; everything when `count` is undefined. */
export function tail(text: string, count: number | undefined): string {
  if (count === undefined) {
    return text;
  }
  const lines = text.split('\n');
  const complete = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  const chosen = count === 0 ? [] : complete.slice(-count);
  return chosen.length === 0 ? '' : `${chosen.join('\n')}${text.endsWith('\n') ? '\n' : ''}`;
}

/** A log file as a stream. With `follow` it goes on until `running` says no. A file that is missing is an empty log. */
export function readLog(
  path: string,
  options: { tailLines?: number | undefined; follow: boolean; running: () => boolean },
): Readable {
  return Readable.from(chunks(path, options), { objectMode: false });
}

async function* chunks(
  path: string,
  { tailLines, follow, running }: { tailLines?: number | undefined; follow: boolean; running: () => boolean },
): AsyncGenerator<Buffer> {
  let position = 0;
  for (let first = true; ; first = false) {
    // Asked before reading: what was written before the end is then certainly read.
    const goesOn = follow && running();
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (first && tailLines !== undefined && size > 0) {
      yield Buffer.from(tail(await readText(path, size), tailLines));
    } else if (size > position) {
      for await (const chunk of createReadStream(path, { start: position, end: size - 1 })) {
        yield chunk as Buffer;
      }
    }
    position = size;
    if (!goesOn) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

async function readText(path: string, size: number): Promise<string> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(size);
    await file.read(buffer, 0, size, 0);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
