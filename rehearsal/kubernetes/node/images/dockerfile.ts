/**
 * Reads the instructions of a Dockerfile's last stage that say what is in the image and how it runs. RUN is left out:
 * what it installs has to be on the machine. Anything that would change the image in another way is refused.
 */

/** A COPY from the build context. */
export interface Copy {
  sources: readonly string[];
  destination: string;
  mode: number | undefined;
  owner: string | undefined;
}

/** The last stage of a Dockerfile. */
export interface Stage {
  copies: readonly Copy[];
  env: Record<string, string>;
  user: string;
  workingDirectory: string;
  entrypoint: readonly string[];
  command: readonly string[];
  stopSignal: string;
}

const ignored = new Set(['RUN', 'LABEL', 'EXPOSE', 'HEALTHCHECK', 'VOLUME', 'MAINTAINER']);

/** Parses; throws a sentence with the instruction that is not understood. */
export function parseDockerfile(text: string): Stage {
  let stage = emptyStage();
  let variables: Record<string, string> = {};
  const global: Record<string, string> = {};
  let started = false;
  for (const { instruction, rest } of instructionsOf(text)) {
    const fill = (value: string): string => substitute(value, { ...variables, ...stage.env });
    switch (instruction) {
      case 'FROM':
        started = true;
        stage = emptyStage();
        variables = { ...global };
        break;
      case 'ARG': {
        const [name = '', value] = splitOnce(rest, '=');
        const target = started ? variables : global;
        target[name] = value === undefined ? (global[name] ?? '') : unquote(fill(value));
        variables = started ? variables : { ...global };
        break;
      }
      case 'ENV':
        Object.assign(stage.env, environmentOf(rest, fill));
        break;
      case 'COPY': {
        const copy = copyOf(rest, fill);
        stage = copy === undefined ? stage : { ...stage, copies: [...stage.copies, copy] };
        break;
      }
      case 'USER':
        stage.user = fill(rest);
        break;
      case 'WORKDIR':
        stage.workingDirectory = absolute(fill(rest), stage.workingDirectory);
        break;
      case 'ENTRYPOINT':
        stage = { ...stage, entrypoint: commandOf(rest), command: [] };
        break;
      case 'CMD':
        stage = { ...stage, command: commandOf(rest) };
        break;
      case 'STOPSIGNAL':
        stage.stopSignal = rest.startsWith('SIG') ? rest : `SIG${rest}`;
        break;
      default:
        if (!ignored.has(instruction)) {
          throw new Error(`The rehearsal does not understand the Dockerfile instruction ${instruction} (${rest}).`);
        }
    }
  }
  return stage;
}

function emptyStage(): Stage {
  const none = { copies: [], env: {}, entrypoint: [], command: [] };
  return { ...none, user: '', workingDirectory: '/', stopSignal: 'SIGTERM' };
}

/** Joins continued lines and leaves comments out; a comment line inside a continuation does not end it. */
function instructionsOf(text: string): { instruction: string; rest: string }[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const joined = lines.join('\n').replace(/\\[ \t]*\n/g, ' ');
  return joined
    .split('\n')
    .map((line) => /^\s*([A-Za-z]+)\s+(.*\S)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, instruction = '', rest = '']) => {
      if (/<<-?\s*['"]?[A-Za-z_]+/.test(rest)) {
        throw new Error(`The rehearsal does not understand here-documents in a Dockerfile (${instruction}).`);
      }
      return { instruction: instruction.toUpperCase(), rest };
    });
}

function copyOf(rest: string, fill: (text: string) => string): Copy | undefined {
  const words = rest.startsWith('[') ? commandOf(rest) : rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--')).map(fill);
  const flag = (name: string): string | undefined =>
    flags.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  if (flag('from') !== undefined) {
    return undefined;
  }
  const mode = flag('chmod');
  return {
    sources: paths.slice(0, -1),
    destination: paths.at(-1) ?? '/',
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    owner: flag('chown'),
  };
}

function commandOf(rest: string): string[] {
  if (!rest.startsWith('[')) {
    return ['/bin/sh', '-c', rest];
  }
  return JSON.parse(rest) as string[];
}

function environmentOf(rest: string, fill: (text: string) => string): Record<string, string> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*=/.test(rest)) {
    const [name = '', value = ''] = splitOnce(rest, ' ');
    return { [name]: fill(value.trim()) };
  }
  const pairs = rest.match(/[A-Za-z_][A-Za-z0-9_]*=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*)/g) ?? [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=');
      return [name, value.startsWith("'") ? unquote(value) : fill(unquote(value))];
    }),
  );
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  return (quoted?.[2] ?? value).replace(/\\(.)/g, '$1');
}

function substitute(text: string, variables: Record<string, string>): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}|([A-Za-z_]\w*))/g,
    (_, name, operator, word, plain) => {
      const value = variables[name ?? plain] ?? '';
      if (operator === '-') {
        return value === '' ? word : value;
      }
      return operator === '+' ? (value === '' ? '' : word) : value;
    },
  );
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + separator.length)];
}

function absolute(path: string, base: string): string {
  return path.startsWith('/') ? path : `${base.replace(/\/$/, '')}/${path}`;
}
