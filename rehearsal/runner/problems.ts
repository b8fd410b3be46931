/** A place in a workflow or action file that the run cannot go on with. */
export interface Problem {
  /** `owner/name/path`, so that files of two repositories are told apart. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/**
 * The workflow was refused before anything ran: it is not valid, GitHub would not start it, or it uses something this
 * runner does not do. Every finding is listed, not only the first.
 */
export class WorkflowRefused extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${p.file}:${p.line}: ${p.message}`).join('\n'));
    this.name = 'WorkflowRefused';
    this.problems = problems;
  }
}

/** Collects findings while files are read. */
export class Problems {
  readonly list: Problem[] = [];

  /** Adds a finding; the same file called twice gives the same finding once. */
  add(file: string, line: number | undefined, message: string): void {
    const problem = { file, line: line ?? 1, message };
    const isKnown = this.list.some((p) => p.file === file && p.line === problem.line && p.message === message);
    if (!isKnown) this.list.push(problem);
  }

  /** @throws WorkflowRefused when anything was found. */
  check(): void {
    if (this.list.length > 0) throw new WorkflowRefused(this.list);
  }
}
