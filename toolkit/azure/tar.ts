/** Writing a tar archive that is the same bytes for the same files: POSIX ustar, no owner, one date. Pure. */

/** One entry. Paths have slashes and no leading one. */
export type TarEntry =
  | { path: string; kind: 'file'; content: Buffer; executable: boolean }
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'link'; target: string };

const BLOCK = 512;
/** 2000-01-01: servers that derive validators from file dates dislike 1970. */
const DATE_SECONDS = 946_684_800;
const TYPES = { file: '0', link: '2', folder: '5' } as const;

/** The archive of the entries in the order given. Throws when a path does not fit the format. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [header(entry)];
    const padding = (BLOCK - (entry.content.length % BLOCK)) % BLOCK;
    return [header(entry), entry.content, Buffer.alloc(padding)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { prefix, name } = splitPath(entry.kind === 'folder' ? `${entry.path}/` : entry.path);
  const mode = entry.kind === 'file' && !entry.executable ? 0o644 : 0o755;
  const target = entry.kind === 'link' ? entry.target : '';
  if (Buffer.byteLength(target) > 100)
    throw new Error(`The link ${entry.path} leads to a path too long for a tar archive.`);
  block.write(name, 0);
  writeOctal(block, mode, 100, 8);
  writeOctal(block, 0, 108, 8);
  writeOctal(block, 0, 116, 8);
  writeOctal(block, entry.kind === 'file' ? entry.content.length : 0, 124, 12);
  writeOctal(block, DATE_SECONDS, 136, 12);
  block.fill(' ', 148, 156);
  block.write(TYPES[entry.kind], 156);
  block.write(target, 157);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345);
  // The sum of all bytes, with its own field as spaces: six octal digits, NUL, space.
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return block;
}

function writeOctal(block: Buffer, value: number, offset: number, width: number): void {
  block.write(value.toString(8).padStart(width - 1, '0'), offset);
}

/** A path of up to 100 bytes is the name; a longer one is cut at a slash into prefix (155) and name (100). */
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
    const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { prefix, name };
  }
  throw new Error(`The path ${path} is too long for a tar archive.`);
}
