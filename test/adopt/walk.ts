/** A page of steps as a newcomer walks it: its commands, step by step, in one shell. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lexer } from 'marked';
import { terraformBinary } from '../../rehearsal/terraform/run.testing.ts';
import type { GitHubState } from './gh.ts';

const repository = resolve(import.meta.dirname, '../..');

/** The shell commands of each step, by its number; a step begins with `**N. `. */
export function stepsOf(page: string): Map<number, string> {
  const steps = new Map<number, string>();
  let step = 0;
  for (const token of lexer(page)) {
    step = Number(/^\*\*(\d+)\. /.exec(token.raw)?.[1] ?? step);
    if (token.type === 'heading' && token.depth === 2) step = 0;
    if (token.type === 'code' && token.lang === 'sh' && step > 0)
      steps.set(step, `${steps.get(step) ?? ''}${token.text}\n`);
  }
  return steps;
}

/** How the walk ended. */
export interface Walked {
  /** What each step printed, standard error included. */
  printed: Map<number, string>;
  state: GitHubState;
}

/** The programs of the walk: `gh` and `az` are stand-ins; a clone from GitHub is one of this repository. */
function prepare(home: string): NodeJS.ProcessEnv {
  const programs = join(home, 'bin');
  mkdirSync(programs, { recursive: true });
  const place = (name: string, script: string): void => {
    writeFileSync(join(programs, name), script);
    chmodSync(join(programs, name), 0o755);
  };
  const ghScript = join(import.meta.dirname, 'gh.ts');
  place('gh', `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${ghScript}" "$@"\n`);
  place('az', '#!/bin/sh\n[ "$*" = login ] || { echo "az: not simulated: $*" >&2; exit 1; }\n');
  // OpenTofu does as well, and takes the same commands.
  if (terraformBinary() === 'tofu') place('terraform', '#!/bin/sh\nexec tofu "$@"\n');
  const nothing: GitHubState = { repositories: {}, environments: {}, variables: {}, secrets: {}, runs: [] };
  writeFileSync(join(home, 'github.json'), JSON.stringify(nothing));
  return {
    PATH: `${programs}:${process.env.PATH}`,
    HOME: home,
    GH_STATE: join(home, 'github.json'),
    GIT_AUTHOR_NAME: 'Grace',
    GIT_AUTHOR_EMAIL: 'grace@example.org',
    GIT_COMMITTER_NAME: 'Grace',
    GIT_COMMITTER_EMAIL: 'grace@example.org',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `url.${repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/OWNER/REPO',
    // The repository may be somebody else's, whose trust is written in the HOME that the walk does not have.
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
  };
}

/**
 * Walks the steps in a new folder.
 *
 * @param changes what is typed in the place of a command, by step; `''` leaves the step out
 * @throws Error with what a step printed, when one of its commands fails
 */
export async function walk(
  home: string,
  steps: ReadonlyMap<number, string>,
  changes: (step: number, commands: string) => string,
  environment: Readonly<Record<string, string>>,
): Promise<Walked> {
  const env = { ...prepare(home), ...environment };
  const script = [...steps].map(([step, commands]) => `echo "== ${step}"\n${changes(step, commands)}`).join('\n');
  // As it would be typed, and no further than the first command that fails.
  const shell = spawn('bash', ['-c', `set -eo pipefail; exec 2>&1\n${script}`], { cwd: home, env });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  // Terraform asks once whether it shall.
  shell.stdin.end('yes\n');
  const status = await new Promise<number | null>((done, fail) => {
    shell.on('error', fail);
    shell.on('close', done);
  });
  if (status !== 0) throw new Error(`The walk ended with ${status}:\n${output}`);
  const printed = new Map<number, string>();
  for (const part of output.split(/^== /m).slice(1)) {
    const [step = '', ...lines] = part.split('\n');
    printed.set(Number(step), lines.join('\n').trim());
  }
  return { printed, state: JSON.parse(readFileSync(join(home, 'github.json'), 'utf8')) as GitHubState };
}

/** A file of the repository that was pushed, as GitHub has it. */
export function pushed(state: GitHubState, name: string, path: string): string {
  const git = state.repositories[name]?.git ?? '';
  return execFileSync('git', ['-C', git, 'show', `main:${path}`], { encoding: 'utf8' });
}
