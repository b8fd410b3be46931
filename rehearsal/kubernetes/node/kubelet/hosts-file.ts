/** Writes a pod's hosts file. */
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces the contents of a file in place: containers hold bind mounts of it, which a rename would leave behind. The
 * old text is overwritten before the file is cut, so a reader never finds it empty.
 */
export function overwrite(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const bytes = Buffer.from(text);
    writeSync(file, bytes, 0, bytes.length, 0);
    ftruncateSync(file, bytes.length);
  } finally {
    closeSync(file);
  }
}
