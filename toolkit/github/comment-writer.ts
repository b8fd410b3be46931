/**
 * Writes sections into the one comment of a pull request, beside whoever else writes into it at the same time. What to do
 * next is decided in `comment-move.ts`, where it says why this is safe.
 */
import { randomBytes } from 'node:crypto';
import { TimedOut } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Clock, formatElapsed } from '../process/clock.ts';
import { retryDelay } from '../process/retry.ts';
import { transientFault } from '../process/transient.ts';
import type { GitHubApi } from './api.ts';
import { knownSections, type Move, nextMove, type SeenComment } from './comment-move.ts';
import type { Section, Sections } from './comment-sections.ts';
import { composeComment, MOST_CHARACTERS, parseComment } from './comment-text.ts';
import { failureOf, GitHubError } from './github-error.ts';
import { viewerLogin } from './viewer.ts';

/** Where to write what. */
export interface CommentWrite {
  api: GitHubApi;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** `https://github.com`. */
  serverUrl: string;
  /** `owner/name`. */
  repository: string;
  pullRequest: number;
  /** Tells several comments of ours on one pull request apart. */
  name: string;
  sections: Sections;
  /** Numbers in [0, 1); `Math.random` when absent. */
  random?: () => number;
}

/** A comment as REST shows it. */
interface RestComment {
  id: number;
  html_url: string;
  body?: string;
  user: { login: string } | null;
}

/** Longer than GitHub takes to take up a write after a look. */
export const SETTLED_MILLISECONDS = 3000;
/** Before the first write; doubled for each further one, so that many writers find turns. */
const FIRST_TURN_MILLISECONDS = 500;
const LONGEST_TURN_MILLISECONDS = 8000;
const MOST_WRITES = 12;
const MOST_FAULTS = 5;
const MOST_LOOKS = 60;
/** For a GitHub that counts otherwise than ours: a quarter of what fits. */
const SHORT_CHARACTERS = MOST_CHARACTERS / 4;

/**
 * Writes, looks, and writes again until all sections are there to stay.
 *
 * @returns the comment's address
 * @throws GitHubError when GitHub refuses, and TimedOut when others did not let it come to rest
 */
export async function writeSections(write: CommentWrite): Promise<string> {
  const { clock, signal, random = Math.random } = write;
  const author = await viewerLogin(write.api, write.log);
  const state: State = { known: new Map(write.sections), writes: 0, faults: 0, mostCharacters: MOST_CHARACTERS };
  const look = async (): Promise<Move> => {
    const seen = await ownComments(write, author);
    state.known = knownSections(state.known, seen);
    return nextMove(seen, state.known);
  };
  for (let looks = 0; looks < MOST_LOOKS && state.writes < MOST_WRITES; looks += 1) {
    const since = clock.now();
    const seen = await look();
    if (seen.do === 'look') {
      if (state.last?.id !== seen.write) state.last = { id: seen.write, since };
      const rested = since - state.last.since;
      if (rested >= SETTLED_MILLISECONDS) return seen.url;
      await clock.sleep(SETTLED_MILLISECONDS - rested, signal);
      continue;
    }
    const turn = Math.min(FIRST_TURN_MILLISECONDS * 2 ** state.writes, LONGEST_TURN_MILLISECONDS);
    await clock.sleep(Math.round(turn * random()), signal);
    // Nothing is written on an old look.
    const move = await look();
    if (move.do !== 'look') await clock.sleep(await attempt(write, move, state), signal);
  }
  throw new TimedOut(
    `Others wrote into the comment all the time: after ${state.writes} writes it is not known to be whole.`,
  );
}

/** What a writer remembers from one look to the next. */
interface State {
  known: Map<string, Section>;
  writes: number;
  faults: number;
  mostCharacters: number;
  /** The comment's last write that was seen, and since when it is the last. */
  last?: { id: string; since: number };
}

type Change = Exclude<Move, { do: 'look' }>;

/** Makes one change; answers how long to wait before the next look. */
async function attempt(write: CommentWrite, change: Change, state: State): Promise<number> {
  const { clock, log, random = Math.random } = write;
  const id = randomBytes(8).toString('hex');
  state.writes += 1;
  try {
    await make(write, change, id, state);
    state.last = { id, since: clock.now() };
    return SETTLED_MILLISECONDS;
  } catch (error) {
    const failure = failureOf(error);
    // Somebody removed it since the look.
    if (failure.status === 404 && change.do !== 'create') return 0;
    if (failure.status === 422 && state.mostCharacters === MOST_CHARACTERS) {
      log.warning(`GitHub did not take the comment (${(error as Error).message}); a shorter one is tried.`);
      state.mostCharacters = SHORT_CHARACTERS;
      return 0;
    }
    const fault = transientFault(failure);
    state.faults += 1;
    if (fault === undefined || state.faults === MOST_FAULTS) throw error;
    const wait = retryDelay(state.faults, failure.retryAfterMilliseconds, random);
    log.info(`comment: ${fault.name}; next try in ${formatElapsed(wait)}`);
    return wait;
  }
}

/** The comments that are ours: by their author and by their marks, never by their text alone. */
async function ownComments({ api, repository, pullRequest, name }: CommentWrite, author: string) {
  const all = await api.list<RestComment>(`/repos/${repository}/issues/${pullRequest}/comments`);
  return all.flatMap(({ id, html_url: url, body, user }): SeenComment[] => {
    const content = parseComment(name, body ?? '');
    return content === undefined || user?.login.toLowerCase() !== author.toLowerCase() ? [] : [{ id, url, ...content }];
  });
}

async function make(write: CommentWrite, change: Change, id: string, state: State): Promise<void> {
  const { api, repository, pullRequest, serverUrl, name, log } = write;
  const issues = `/repos/${repository}/issues`;
  if (change.do === 'remove') {
    for (const other of change.ids) await api.send('DELETE', `${issues}/comments/${other}`);
    log.info('Removed a second comment that was begun at the same time: its sections are in the first.');
    return;
  }
  const { text, dropped } = composeComment(change.sections, {
    name,
    write: id,
    runsUrl: `${serverUrl}/${repository}/actions/runs`,
    mostCharacters: state.mostCharacters,
  });
  const ours = dropped.filter((key) => write.sections.has(key));
  if (ours.length > 0) throw new GitHubError(`The comment has no room for ${ours.join(', ')}`, {});
  for (const key of dropped) state.known.delete(key);
  if (change.do === 'create') await api.send('POST', `${issues}/${pullRequest}/comments`, { body: text });
  else await api.send('PATCH', `${issues}/comments/${change.id}`, { body: text });
}
