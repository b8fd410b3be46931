import type { Response } from '../request.ts';

/** The session cookie that an answer sets: `text` as it came, `pair` as it is sent back. */
export function sessionCookie(response: Response): { text: string; pair: string } | undefined {
  const text = response.headers['set-cookie']?.find((cookie) => cookie.startsWith('MoodleSession'));
  return text === undefined ? undefined : { text, pair: text.split(';')[0] ?? '' };
}

/** The token in the log-in form, which Moodle keeps in the session: the same token is the same session. */
export function loginToken(response: Response): string | undefined {
  return /name="logintoken" value="(\w+)"/.exec(response.body)?.[1];
}
