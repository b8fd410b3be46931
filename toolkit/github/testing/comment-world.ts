/**
 * A model of GitHub's comments in virtual time: requests and answers are under way, reads may show what was true a moment
 * ago, a write replaces the whole body whoever wrote since, and answers get lost. Many writers run against one model.
 */
import type { Clock } from '#toolkit/process/clock';
import { recordingLog } from '../../../test/support/fakes.ts';
import type { GitHubApi } from '../api.ts';
import type { Section } from '../comment-sections.ts';
import { type CommentWrite, writeSections } from '../comment-writer.ts';
import { GitHubError } from '../github-error.ts';

/** A comment of the model; its bodies with the times from which they were shown. */
interface ModelComment {
  id: number;
  author: string;
  bodies: { from: number; body: string }[];
  created: number;
  removed: number;
}

/** How bad the network is; times in milliseconds. */
export interface Weather {
  /** A number in [0, 1) for each thing that is left to chance. */
  chance: () => number;
  mostLatency: number;
  mostStaleness: number;
  /** Share of changes whose answer is lost, and of those that fail. */
  lost: number;
  failing: number;
}

export const BOT = 'github-actions[bot]';

export class CommentWorld {
  readonly #weather: Weather;
  #now = 0;
  #events: { at: number; run: () => void }[] = [];
  #comments: ModelComment[] = [];
  #nextId = 1;

  constructor(weather: Weather) {
    this.#weather = weather;
  }

  /** A comment that is there from the beginning. */
  write(author: string, body: string): void {
    this.#add(author, body);
  }

  /** What a reader sees at last. */
  comments(): { id: number; author: string; body: string }[] {
    return this.#at(this.#now);
  }

  /** Runs writers, each from its own moment on, until all have ended. */
  async run(writers: readonly { startsAt: number; sections: ReadonlyMap<string, Section> }[]): Promise<string[]> {
    const ended = Promise.all(
      writers.map(async ({ startsAt, sections }) => {
        await this.#sleep(startsAt);
        return writeSections(this.#writer(sections));
      }),
    );
    let isOver = false;
    const over = ended.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    for (;;) {
      // Everything that can go on without time passing goes on.
      await new Promise(setImmediate);
      if (isOver) return over;
      this.#events.sort((a, b) => a.at - b.at);
      const next = this.#events.shift();
      if (next === undefined) throw new Error('The writers wait for nothing.');
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
  }

  #writer(sections: ReadonlyMap<string, Section>): CommentWrite {
    const clock: Clock = { now: () => this.#now, sleep: (milliseconds) => this.#sleep(milliseconds) };
    return {
      api: this.#api(),
      log: recordingLog(),
      clock,
      signal: new AbortController().signal,
      serverUrl: 'https://github.com',
      repository: 'org/app',
      pullRequest: 7,
      name: 'preview',
      sections,
      random: this.#weather.chance,
    };
  }

  #api(): GitHubApi {
    const latency = (): Promise<void> => this.#sleep(this.#weather.chance() * this.#weather.mostLatency);
    const list = async (): Promise<unknown[]> => {
      await latency();
      const shown = this.#at(this.#now - this.#weather.chance() * this.#weather.mostStaleness);
      await latency();
      return shown.map(({ id, author, body }) => ({ id, html_url: `#${id}`, body, user: { login: author } }));
    };
    const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      await latency();
      if (this.#weather.chance() < this.#weather.failing) throw new GitHubError('Server Error', { status: 502 });
      this.#change(method, Number(path.split('/').at(-1)), (body as { body?: string } | undefined)?.body ?? '');
      await latency();
      if (this.#weather.chance() < this.#weather.lost) throw new GitHubError('lost', { code: 'ECONNRESET' });
      return undefined;
    };
    return {
      list: list as GitHubApi['list'],
      send: send as GitHubApi['send'],
      get: () => Promise.reject(new Error('not asked')),
      query: (() => Promise.resolve({ viewer: { login: BOT } })) as GitHubApi['query'],
    };
  }

  #change(method: string, id: number, body: string): void {
    if (body.length > 65_536) throw new GitHubError('Validation Failed', { status: 422 });
    if (method === 'POST') {
      this.#add(BOT, body);
      return;
    }
    const comment = this.#comments.find((other) => other.id === id && other.removed > this.#now);
    if (comment === undefined) throw new GitHubError('Not Found', { status: 404 });
    if (method === 'DELETE') comment.removed = this.#now;
    else comment.bodies.push({ from: this.#now, body });
  }

  #add(author: string, body: string): void {
    const bodies = [{ from: this.#now, body }];
    this.#comments.push({ id: this.#nextId, author, bodies, created: this.#now, removed: Number.POSITIVE_INFINITY });
    this.#nextId += 1;
  }

  #at(time: number): { id: number; author: string; body: string }[] {
    return this.#comments
      .filter(({ created, removed }) => created <= time && removed > time)
      .map(({ id, author, bodies }) => ({ id, author, body: bodies.findLast(({ from }) => from <= time)?.body ?? '' }));
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((run) => {
      this.#events.push({ at: this.#now + milliseconds, run });
    });
  }
}
