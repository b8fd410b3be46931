/** An artifact of a run. */
export interface ArtifactRecord {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly digest: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** A workflow run as `GET /actions/runs/{id}` shows it. */
export interface RunRecord {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly event: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly runNumber: number;
  readonly attempt: number;
  readonly actor: string;
  readonly createdAt: string;
}

/** A pull request with its changed paths. */
export interface PullRecord {
  readonly number: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

/** An environment with its reviewers. */
export interface EnvironmentRecord {
  readonly id: number;
  readonly name: string;
  readonly reviewers: readonly string[];
}

/** What the stand-in knows of one repository; the runner fills it when a run starts. */
export interface RepositoryRecord {
  readonly fullName: string;
  readonly id: number;
  readonly environments: Map<string, EnvironmentRecord>;
  readonly pulls: Map<number, PullRecord>;
  readonly runs: Map<number, RunRecord>;
  readonly artifacts: Map<number, ArtifactRecord[]>;
}

/** The repositories that runs belong to. */
export class Repositories {
  readonly #known = new Map<string, RepositoryRecord>();

  find(fullName: string): RepositoryRecord | undefined {
    return this.#known.get(fullName.toLowerCase());
  }

  /** The repository, made when it is new. */
  ensure(fullName: string, id: number): RepositoryRecord {
    const known = this.find(fullName);
    if (known !== undefined) return known;
    const made: RepositoryRecord = {
      fullName,
      id,
      environments: new Map(),
      pulls: new Map(),
      runs: new Map(),
      artifacts: new Map(),
    };
    this.#known.set(fullName.toLowerCase(), made);
    return made;
  }
}
