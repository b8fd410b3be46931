import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the files of a GitHub repository are on this machine. */
export type Repository = (
  | /** The committed files only, so that an uncommitted bundle is missing here as it would be on GitHub. */
  { readonly directory: string; readonly commit?: string }
  /** The working tree with uncommitted and new files (not the ignored ones), whatever ref is asked for. */
  | { readonly directory: string; readonly worktree: true }
) & {
  /** It was made after 2026-07-15: the subjects of its ID tokens have its ids. */
  readonly immutableSubject?: boolean;
};

/** The files of one repository at one commit, in a directory of their own. Nobody may write to it. */
export interface Snapshot {
  readonly repository: string;
  readonly sha: string;
  /** The full ref that leads here: `refs/heads/...`, `refs/tags/...`, or the commit itself. */
  readonly ref: string;
  readonly directory: string;
}

/** Copies repositories into the work area, once for each commit. */
export class Sources {
  readonly #repositories: ReadonlyMap<string, Repository>;
  readonly #area: string;
  readonly #made = new Map<string, Promise<string>>();

  constructor(repositories: ReadonlyMap<string, Repository>, area: string) {
    this.#repositories = new Map([...repositories].map(([name, repository]) => [name.toLowerCase(), repository]));
    this.#area = area;
  }

  has(repository: string): boolean {
    return this.#repositories.has(repository.toLowerCase());
  }

  /**
   * The files of a repository at `ref` (branch, tag or commit), or at the mapped commit when no ref is given.
   *
   * @throws Error naming the repository or the ref when it is not there.
   */
  async snapshot(repository: string, ref?: string): Promise<Snapshot> {
    const source = this.#repositories.get(repository.toLowerCase());
    if (source === undefined) throw new Error(`repository '${repository}' is not mapped to a directory`);
    const git = (...args: string[]) => run('git', args, { cwd: source.directory }).then((r) => r.stdout.trim());
    const worktree = 'worktree' in source;
    const wanted = worktree ? 'HEAD' : (ref ?? source.commit ?? 'HEAD');
    const sha = await git('rev-parse', '--verify', '--quiet', `${wanted}^{commit}`).catch(() => undefined);
    if (sha === undefined) throw new Error(`repository '${repository}' has no commit, branch or tag '${wanted}'`);
    const directory = await this.#once(repository, sha, (target) =>
      worktree ? copyWorktree(source.directory, target) : extract(source.directory, sha, target),
    );
    return { repository, sha, directory, ref: ref === undefined ? sha : await fullRef(git, ref) };
  }

  #once(repository: string, sha: string, make: (target: string) => Promise<void>): Promise<string> {
    const key = `${repository.toLowerCase()}@${sha}`;
    const target = join(this.#area, key);
    const made = this.#made.get(key) ?? make(target).then(() => target);
    this.#made.set(key, made);
    return made;
  }
}

async function fullRef(git: (...args: string[]) => Promise<string>, ref: string): Promise<string> {
  if (ref.startsWith('refs/') || /^[0-9a-f]{40}$/.test(ref)) return ref;
  const known = await git('show-ref', '--', ref).catch(() => '');
  const names = known.split('\n').map((line) => line.split(' ')[1] ?? '');
  const isTag = names.includes(`refs/tags/${ref}`) || (!names.includes(`refs/heads/${ref}`) && /^v\d/.test(ref));
  return `refs/${isTag ? 'tags' : 'heads'}/${ref}`;
}

async function extract(repository: string, sha: string, target: string): Promise<void> {
  await replaceDirectory(target, async (fresh) => {
    const archive = `${fresh}.tar`;
    await run('git', ['archive', '--format=tar', `--output=${archive}`, sha], { cwd: repository });
    await run('tar', ['-xf', archive, '-C', fresh]);
    await rm(archive);
  });
}

const MISSING = { throwIfNoEntry: false } as const;

async function copyWorktree(repository: string, target: string): Promise<void> {
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    maxBuffer: 64 << 20,
  });
  const files = [...new Set(listed.stdout.split('\0'))].filter(
    (file) => file !== '' && lstatSync(join(repository, file), MISSING),
  );
  await replaceDirectory(target, async (fresh) => {
    const list = `${fresh}.files`;
    await writeFile(list, files.join('\0'));
    // One process for all: file by file, a thousand of them take longer than the rest of a plan.
    const copy = ['cp', '--archive', '--parents', `--target-directory=${fresh}`, '--'];
    await run('xargs', ['--null', `--arg-file=${list}`, ...copy], { cwd: repository });
    await rm(list);
  });
}

async function replaceDirectory(target: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${target}.partial`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await fill(fresh);
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
}
