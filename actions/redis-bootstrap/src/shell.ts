/** A word that the shell takes as it stands, whatever is in it. */
export function quote(word: string): string {
  return /^[A-Za-z0-9.:_/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
