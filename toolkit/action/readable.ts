/** Messages that a person is to read, whatever values they repeat. Pure. */

/** A value that is repeated is longer than this only by mistake or malice. */
const LONGEST_VALUE = 300;
/** What is kept of one that is longer. */
const KEPT = 100;
/** GitHub shows this many characters of an annotation, and a person reads fewer. */
const LONGEST_MESSAGE = 4000;

/** The message with overlong values cut, each with its length, so that the sentence around them stays whole. */
export function readable(message: string): string {
  const cut = (value: string): string => `${value.slice(0, KEPT)}… (${value.length} characters)`;
  const shortened = message
    .replace(/"([^"]*)"/g, (whole, value: string) => (value.length > LONGEST_VALUE ? `"${cut(value)}"` : whole))
    .replace(/\S+/g, (word) => (word.length > LONGEST_VALUE ? cut(word) : word));
  return shortened.length > LONGEST_MESSAGE ? cutEnd(shortened) : shortened;
}

function cutEnd(message: string): string {
  const rest = message.length - LONGEST_MESSAGE;
  return `${message.slice(0, LONGEST_MESSAGE)}… (and ${rest} characters more)`;
}
