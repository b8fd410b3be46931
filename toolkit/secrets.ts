/**
 * Secrets known to this process. A value is registered before anything is done with it; from then on GitHub masks it in
 * the log (`::add-mask::`), and `redact` takes it out of every text that leaves by another way: errors, summaries,
 * comments, outputs.
 */

/** Values shorter than this are masked by GitHub but not redacted from texts: they would blot out ordinary words. */
const SHORTEST_REDACTED = 4;

/** Registers secret values and takes them out of texts. */
export interface Secrets {
  /** Registers a value, whole and line by line, and as its base64 form. Empty values are ignored. */
  add(value: string): void;
  /** The text with every registered value replaced by `***`. */
  redact(text: string): string;
  /** Every registered value, for whoever has to find them in other forms. */
  values(): readonly string[];
}

/**
 * Makes an empty register.
 *
 * @param mask tells the log of the process that a value is secret, as `core.setSecret` does
 */
export function createSecrets(mask: (value: string) => void): Secrets {
  const known = new Set<string>();
  const addOne = (value: string): void => {
    if (value === '' || known.has(value)) return;
    mask(value);
    if (value.length >= SHORTEST_REDACTED) known.add(value);
  };
  return {
    add(value) {
      const trimmed = value.trim();
      if (trimmed === '') return;
      addOne(trimmed);
      for (const line of trimmed.split(/\r?\n/)) addOne(line.trim());
      addOne(Buffer.from(trimmed).toString('base64'));
    },
    redact(text) {
      const longestFirst = [...known].sort((a, b) => b.length - a.length);
      return longestFirst.reduce((redacted, value) => redacted.replaceAll(value, '***'), text);
    },
    values: () => [...known],
  };
}
