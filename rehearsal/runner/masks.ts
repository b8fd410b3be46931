/**
 * Hides secret values in text.
 *
 * The runner masks a value, each of its lines, and the forms in which it often leaks: Base64 at the three byte
 * offsets, JSON, URI, XML and expression escapes, and without surrounding quotes (HostContext.cs). There is no minimum
 * length: a secret `1` blanks every 1.
 */
export class Masker {
  readonly #values = new Set<string>();

  add(secret: string): void {
    const lines = [secret, ...secret.split(/\r?\n/)].map((line) => line.trim()).filter((line) => line !== '');
    for (const line of lines) {
      for (const form of forms(line)) if (form !== '') this.#values.add(form);
    }
  }

  /** Replaces every masked value by `***`; values that overlap become one. */
  mask(text: string): string {
    const found: { start: number; end: number }[] = [];
    for (const value of this.#values) {
      for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
        found.push({ start, end: start + value.length });
      }
    }
    if (found.length === 0) return text;
    found.sort((a, b) => a.start - b.start);
    let result = '';
    let position = 0;
    for (const { start, end } of found) {
      if (start >= position) result += `${text.slice(position, start)}***`;
      position = Math.max(position, end);
    }
    return result + text.slice(position);
  }

  /** Whether a text contains something that must not be shown. */
  hides(text: string): boolean {
    return [...this.#values].some((value) => text.includes(value));
  }
}

function forms(value: string): string[] {
  return [
    value,
    ...base64Forms(value),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
    value.replaceAll("'", "''"),
    value.replaceAll('"', '\\"'),
    value.replace(/^"(.*)"$/s, '$1'),
  ];
}

/** Base64 of the value alone, and its complete groups at byte offsets 0, 1 and 2 of a longer text. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const groups = [0, 1, 2].map((offset) => {
    const shifted = bytes.subarray(offset);
    return shifted.subarray(0, shifted.length - (shifted.length % 3)).toString('base64');
  });
  return [bytes.toString('base64'), ...groups];
}
