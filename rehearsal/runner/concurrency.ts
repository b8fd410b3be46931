/** What a job or a workflow asks of its group. */
export interface GroupRequest {
  readonly group: string;
  /** `max` keeps up to 100 waiting in their order; otherwise only the newest waits and the one before is cancelled. */
  readonly queue: 'single' | 'max';
  readonly cancelInProgress: boolean;
}

/** Someone in a group. `cancel` is called when a newer member takes the place. */
interface Member {
  readonly cancel: () => void;
  readonly enter: (entered: boolean) => void;
}

interface Group {
  running: Member | undefined;
  waiting: Member[];
}

/** GitHub's limit of a `queue: max` (changelog 2026-05-07). */
const longestQueue = 100;

/**
 * The concurrency groups of a repository. Names ignore case. A job that waits for a review holds its group, because on
 * GitHub it counts as in progress.
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /**
   * Waits for the group.
   *
   * @param cancel called at most once, when a newer member cancels this one while it runs.
   * @returns the function that leaves the group, or undefined when the wait was cancelled by a newer member or `signal`.
   */
  async enter(request: GroupRequest, cancel: () => void, signal: AbortSignal): Promise<(() => void) | undefined> {
    const group = this.#group(request.group);
    const entered = await new Promise<boolean>((resolve) => {
      const member: Member = { cancel, enter: resolve };
      const withdraw = (): void => {
        group.waiting = group.waiting.filter((other) => other !== member);
        resolve(false);
      };
      if (signal.aborted) return withdraw();
      signal.addEventListener('abort', withdraw, { once: true });
      this.#place(group, member, request);
    });
    return entered ? () => this.#next(group) : undefined;
  }

  #group(name: string): Group {
    const key = name.toLowerCase();
    const group = this.#groups.get(key) ?? { running: undefined, waiting: [] };
    this.#groups.set(key, group);
    return group;
  }

  #place(group: Group, member: Member, request: GroupRequest): void {
    if (group.running === undefined) {
      group.running = member;
      member.enter(true);
      return;
    }
    if (request.queue === 'max') {
      if (group.waiting.length >= longestQueue) member.enter(false);
      else group.waiting.push(member);
      return;
    }
    for (const other of group.waiting) other.enter(false);
    group.waiting = [member];
    if (request.cancelInProgress) group.running.cancel();
  }

  #next(group: Group): void {
    group.running = group.waiting.shift();
    group.running?.enter(true);
  }
}
