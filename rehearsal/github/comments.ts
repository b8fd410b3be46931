import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** A comment on an issue or pull request. */
export interface Comment {
  readonly id: number;
  readonly repository: string;
  readonly issue: number;
  readonly author: string;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** GitHub's limit; an API call with more is an error 422. */
export const longestBody = 65_536;

/** All comments, oldest first; kept in a JSON file when one is given. */
export class Comments {
  #comments: Comment[] = [];
  #nextId = 1;
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    const saved: { comments: Comment[] } = JSON.parse(readFileSync(file, 'utf8'));
    this.#comments = saved.comments;
    this.#nextId = Math.max(0, ...this.#comments.map((comment) => comment.id)) + 1;
  }

  /** The comments of one issue or, without a number, of all. */
  list(repository: string, issue?: number): readonly Comment[] {
    return this.#comments.filter((c) => same(c.repository, repository) && (issue === undefined || c.issue === issue));
  }

  find(repository: string, id: number): Comment | undefined {
    return this.#comments.find((c) => c.id === id && same(c.repository, repository));
  }

  add(comment: Pick<Comment, 'repository' | 'issue' | 'author' | 'body'>, at: string): Comment {
    const added = { ...comment, id: this.#nextId, createdAt: at, updatedAt: at };
    this.#nextId += 1;
    this.#comments.push(added);
    this.#save();
    return added;
  }

  update(comment: Comment, body: string, at: string): Comment {
    const updated = { ...comment, body, updatedAt: at };
    this.#comments = this.#comments.map((c) => (c.id === comment.id ? updated : c));
    this.#save();
    return updated;
  }

  remove(comment: Comment): void {
    this.#comments = this.#comments.filter((c) => c.id !== comment.id);
    this.#save();
  }

  #save(): void {
    if (this.#file !== undefined)
      writeFileSync(this.#file, `${JSON.stringify({ comments: this.#comments }, null, 2)}\n`);
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
