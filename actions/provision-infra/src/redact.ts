/**
 * Takes secrets out of every text before it leaves the process. What is hidden where it stands is decided by marks and
 * rules (secret-rules.ts); this is what hides the same text everywhere else.
 */
import type { PlanJson } from '#toolkit/terraform/plan-format';
import { base64Pieces, formsOf, hideEncoded, wholeBase64 } from './secret-forms.ts';
import { hideWritten } from './secret-rules.ts';
import { secretValues } from './secret-values.ts';
import { createTextSearch, replaceRanges } from './text-search.ts';

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
  const addSecret = (secret: string): void => {
    texts.push(...formsOf(secret));
    pieces.push(...base64Pieces(secret));
  };
  for (const secret of secrets) if (secret.length >= SHORTEST_REGISTERED) addSecret(secret);
  if (plan !== undefined) secretValues(plan).forEach(addSecret);
  for (const id of hidden) if (id.length >= SHORTEST_REGISTERED) texts.push(id, id.toLowerCase(), id.toUpperCase());
  const plain = createTextSearch(texts);
  const encoded = createTextSearch(pieces);
  return (text) => {
    const readable = replaceRanges(text, plain.find(text), REDACTED);
    const decoded = hideEncoded(readable, (part) => plain.find(part).length > 0, REDACTED);
    const undecodable = replaceRanges(decoded, wholeBase64(decoded, encoded.find(decoded)), REDACTED);
    return hideWritten(undecodable, REDACTED);
  };
}
