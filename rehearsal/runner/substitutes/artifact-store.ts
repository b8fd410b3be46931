import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** An artifact that a job uploaded. */
export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly directory: string;
  /** SHA-256 over the paths and contents. */
  readonly digest: string;
  readonly size: number;
}

/** GitHub's limit for one job's artifacts is 500; names are unique in a run and contents never change. */
const invalidName = /[":<>|*?\r\n\\/]/;

/** The artifacts of a run, on disk: a later attempt finds those of the earlier ones. */
export class ArtifactStore {
  readonly #directory: string;
  readonly #index: string;
  readonly #artifacts: Map<string, Artifact>;
  #nextId: number;

  constructor(directory: string) {
    this.#directory = directory;
    this.#index = join(directory, 'index.json');
    const known = existsSync(this.#index) ? (JSON.parse(readFileSync(this.#index, 'utf8')) as Artifact[]) : [];
    this.#artifacts = new Map(known.map((artifact) => [artifact.name, artifact]));
    this.#nextId = 1 + Math.max(0, ...known.map(({ id }) => id));
  }

  list(): readonly Artifact[] {
    return [...this.#artifacts.values()];
  }

  find(name: string): Artifact | undefined {
    return this.#artifacts.get(name);
  }

  /**
   * Stores files under their path in the artifact.
   *
   * @throws Error when the name is not valid or taken, in GitHub's words.
   */
  async add(name: string, files: ReadonlyMap<string, string>, overwrite: boolean): Promise<Artifact> {
    if (name === '' || invalidName.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
    if (this.#artifacts.has(name) && !overwrite)
      throw new Error(
        'Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run',
      );
    const id = this.#nextId;
    this.#nextId += 1;
    const directory = join(this.#directory, String(id));
    await rm(directory, { recursive: true, force: true });
    const hash = createHash('sha256');
    let size = 0;
    for (const [path, from] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const to = join(directory, path);
      await mkdir(dirname(to), { recursive: true });
      await cp(from, to);
      hash.update(`${path}\0`).update(await readFile(to));
      size += (await stat(to)).size;
    }
    const artifact = { id, name, directory, digest: hash.digest('hex'), size };
    this.#artifacts.set(name, artifact);
    writeFileSync(this.#index, JSON.stringify(this.list()));
    return artifact;
  }
}
