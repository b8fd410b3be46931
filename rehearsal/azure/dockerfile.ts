/**
 * Reads a Dockerfile as the classic builder does, which is what the quick builds of ACR Tasks run, and refuses what it
 * refuses: BuildKit's `RUN --mount`, `COPY --chmod`, `--link` and here-documents (Azure/acr issue 721), unknown
 * instructions, unknown stages, sources that the context lacks.
 */
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

export interface Instruction {
  keyword: string;
  rest: string;
  line: number;
}

const keywords = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/** The instructions in order, continuation lines joined, comments dropped. Throws the builder's sentence. */
export function parseDockerfile(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    let logical = lines[index] ?? '';
    if (/^\s*(#.*)?$/.test(logical)) continue;
    while (/\\\s*$/.test(logical) && index + 1 < lines.length) {
      index += 1;
      const next = lines[index] ?? '';
      // Comment lines and empty lines inside a continued instruction are dropped, as the builder does.
      if (!/^\s*(#.*)?$/.test(next)) logical = logical.replace(/\\\s*$/, '') + next;
    }
    logical = logical.replace(/\\\s*$/, '');
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(logical) ?? [];
    if (!keywords.has(keyword.toUpperCase()))
      throw new Error(`dockerfile parse error line ${start + 1}: unknown instruction: ${keyword}`);
    if (rest.trim() === '')
      throw new Error(
        `dockerfile parse error line ${start + 1}: ${keyword.toUpperCase()} requires at least one argument`,
      );
    instructions.push({ keyword: keyword.toUpperCase(), rest: rest.trim(), line: start + 1 });
  }
  if (instructions.length === 0) throw new Error('the Dockerfile (Dockerfile) cannot be empty');
  return instructions;
}

/** Throws the sentence with which a build of these instructions over the folder `context` would fail. */
export function checkBuild(
  instructions: Instruction[],
  context: string,
  options: { target?: string; arguments: Record<string, string> },
): void {
  const stages: string[] = [];
  for (const { keyword, rest, line } of instructions) {
    if (stages.length === 0 && keyword !== 'FROM' && keyword !== 'ARG')
      throw new Error('no build stage in current context');
    if (keyword === 'FROM') stages.push(stageName(rest, stages, options.arguments, instructions));
    if (keyword === 'RUN' && /^--(mount|network|security)\b/.test(rest))
      throw new Error(
        `the --${/^--(\w+)/.exec(rest)?.[1]} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
      );
    if (['RUN', 'COPY', 'ADD'].includes(keyword) && /<<-?["']?\w+/.test(rest))
      throw new Error(`dockerfile line ${line}: here-documents need BuildKit, which ACR quick builds do not have`);
    if (keyword === 'COPY' || keyword === 'ADD') checkCopy(keyword, rest, context, stages, options.arguments);
  }
  if (stages.length === 0) throw new Error('no build stage in current context');
  if (options.target !== undefined && !stages.includes(options.target))
    throw new Error(`failed to reach build target ${options.target} in Dockerfile`);
}

/** The name of a new stage, or its number; checks that the image reference is complete. */
function stageName(rest: string, stages: string[], given: Record<string, string>, all: Instruction[]): string {
  const [image = '', as, name] = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
  const defaults = Object.fromEntries(
    all.filter(({ keyword }) => keyword === 'ARG').map(({ rest: text }) => text.split(/=(.*)/s, 2)),
  ) as Record<string, string | undefined>;
  const reference = image.replace(
    /\$\{?(\w+)(?::-([^}]*))?\}?/g,
    (_, key, fallback) => given[key] ?? defaults[key] ?? fallback ?? '',
  );
  if (reference === '' || /^[:@]|[:@]$/.test(reference)) throw new Error(`base name (${image}) should not be blank`);
  if (as !== undefined && as.toUpperCase() !== 'AS')
    throw new Error(`FROM requires either one argument, or three: FROM <source> [as <name>]`);
  return name ?? String(stages.length);
}

function checkCopy(
  keyword: string,
  rest: string,
  context: string,
  stages: string[],
  given: Record<string, string>,
): void {
  const words = rest.startsWith('[') ? (JSON.parse(rest) as string[]) : rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  for (const flag of flags)
    if (!/^--(from|chown)=/.test(flag))
      throw new Error(
        `the ${flag.split('=')[0]} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
      );
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  if (from !== undefined) {
    if (/^\d+$/.test(from) && Number(from) >= stages.length - 1)
      throw new Error(`invalid from flag value ${from}: invalid stage index`);
    return;
  }
  const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
  if (sources.length === 0) throw new Error(`${keyword} requires at least two arguments`);
  for (const raw of sources) {
    const source = raw.replace(/\$\{?(\w+)\}?/g, (_, key) => given[key] ?? '');
    if (keyword === 'ADD' && /^https?:/.test(source)) continue;
    const relative = source.replace(/^\/+/, '');
    if (relative.split('/').includes('..'))
      throw new Error(`${keyword} failed: forbidden path outside the build context: ${source}`);
    const found = /[*?[]/.test(relative)
      ? globSync(relative, { cwd: context }).length > 0
      : existsSync(join(context, relative));
    if (!found)
      throw new Error(
        `${keyword} failed: file not found in build context or excluded by .dockerignore: stat ${relative}: file does not exist`,
      );
  }
}
