/**
 * Takes secrets out of every text before it leaves the process. What is hidden where it stands is decided by marks and
 * rules (secret-rules.ts); this is what hides the same text everywhere else.
 */
import type { PlanJson } from '#toolkit/terraform/plan-format';
import { addBase64Pieces, wholeBase64 } from './secret-base64.ts';
import { canBeEscaped, hideEncoded, hideEscaped } from './secret-escapes.ts';
import { hideWritten } from './secret-rules.ts';
import { secretValues } from './secret-values.ts';
import { createTextSearch, type Ranges, replaceRanges } from './text-search.ts';

/** What stands in place of a secret. */
export const REDACTED = '***';

/** Takes secrets out of a text. The same text twice gives the same. */
export type Redact = (text: string) => string;

/** What is known to be secret besides what the plan tells. */
export interface RedactOptions {
  /** Secrets of the process, of at least four characters. */
  secrets?: Iterable<string>;
  /** Not secret, yet not to be shown: ids of subscription and tenant. */
  hidden?: Iterable<string>;
}

/** As for the log, which masks nothing shorter either. */
const SHORTEST_REGISTERED = 4;

/** For the texts of a run that has a plan, and of one that has none yet. */
export function createRedact(plan: PlanJson | undefined, { secrets = [], hidden = [] }: RedactOptions = {}): Redact {
  const texts: string[] = [];
  const pieces: string[] = [];
  let mayBeEscaped = false;
  const addSecret = (secret: string): void => {
    texts.push(secret);
    addBase64Pieces(pieces, secret);
    if (!canBeEscaped(secret)) return;
    mayBeEscaped = true;
    // JSON is often what is put into base64.
    const escaped = JSON.stringify(secret).slice(1, -1);
    if (escaped !== secret) addBase64Pieces(pieces, escaped);
  };
  for (const secret of secrets) if (secret.length >= SHORTEST_REGISTERED) addSecret(secret);
  if (plan !== undefined) for (const secret of secretValues(plan)) addSecret(secret);
  for (const id of hidden) if (id.length >= SHORTEST_REGISTERED) texts.push(id, id.toLowerCase(), id.toUpperCase());
  const plain = createTextSearch(texts);
  const encoded = createTextSearch(pieces);

  const hide = (text: string, ranges: Ranges): string => replaceRanges(text, ranges, REDACTED);
  const redacted = (text: string): string => {
    const readable = hide(text, plain.find(text));
    const unescaped = mayBeEscaped ? hideEscaped(readable, plain.find, REDACTED) : readable;
    const decoded = hideEncoded(unescaped, (part) => plain.find(part).length > 0, REDACTED);
    return hideWritten(hide(decoded, wholeBase64(decoded, encoded.find(decoded))), REDACTED);
  };
  const known = new Map<string, string>();
  return (text) => {
    if (text.length > LONGEST_REMEMBERED) return redacted(text);
    let answer = known.get(text);
    if (answer === undefined) {
      answer = redacted(text);
      if (known.size < MOST_REMEMBERED) known.set(text, answer);
    }
    return answer;
  };
}

/** Most texts of a plan are names and values that come again with every resource of a type. */
const LONGEST_REMEMBERED = 64;
const MOST_REMEMBERED = 10_000;
