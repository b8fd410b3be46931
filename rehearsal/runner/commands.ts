/** A workflow command found in a line of output, its escapes undone. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly value: string;
}

const known = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * Reads `::name key=value,key=value::text`, whose line may begin with blanks, or else `##[name key=value;key=value]text`,
 * the older form, which the runner finds anywhere in a line (ActionCommand.cs). A name that is not known makes it ordinary
 * text, not an error (ActionCommandManager.cs).
 */
export function parseCommand(line: string): Command | undefined {
  return parseColonCommand(line) ?? parseBracketCommand(line);
}

function parseBracketCommand(line: string): Command | undefined {
  const [, name = '', properties = '', text = ''] = /##\[([^ \]]+)(?: ([^\]]*))?\](.*)$/s.exec(line) ?? [];
  if (!known.has(name.toLowerCase())) return undefined;
  const plain = (value: string): string => unescapeData(value.replaceAll('%3B', ';').replaceAll('%5D', ']'));
  const pairs = properties.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals < 1 ? [] : [[pair.slice(0, equals).toLowerCase(), plain(pair.slice(equals + 1))]];
  });
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), value: plain(text) };
}

function parseColonCommand(line: string): Command | undefined {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return undefined;
  const head = text.slice(2, end).trim();
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!known.has(name)) return undefined;
  const properties = space < 0 ? {} : parseProperties(head.slice(space + 1));
  return { name, properties, value: unescapeData(text.slice(end + 2)) };
}

function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) return [];
      return [[pair.slice(0, equals).trim().toLowerCase(), unescapeProperty(pair.slice(equals + 1))]];
    }),
  );
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}

/**
 * The `stop-commands` switch: between `::stop-commands::token` and `::token::` every line is ordinary text.
 *
 * @returns the command to obey, `'silent'` for the lines of the switch itself, or undefined for text.
 */
export class CommandReader {
  #stopToken: string | undefined;

  read(line: string): Command | 'silent' | undefined {
    if (this.#stopToken !== undefined) {
      if (line.trim() !== `::${this.#stopToken}::`) return undefined;
      this.#stopToken = undefined;
      return 'silent';
    }
    const command = parseCommand(line);
    if (command?.name !== 'stop-commands') return command;
    this.#stopToken = command.value;
    return 'silent';
  }
}
