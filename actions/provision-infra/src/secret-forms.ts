/** The forms in which one secret may stand in a text. Pure. */

/** Shorter encoded pieces turn up by chance. */
const SHORTEST_PIECE = 8;

/**
 * The secret itself; as it stands in a JSON text, written by JavaScript or by Terraform; in a URL, with capital or small
 * digits or with `+` for a space; and in base64, also as a part of something longer that was encoded as a whole.
 */
export function formsOf(secret: string): string[] {
  const forms = [secret];
  // Asking first is faster than encoding: most secrets are letters and digits.
  if (/["\\<>&\p{Cc}\u2028\u2029]/u.test(secret)) {
    const json = JSON.stringify(secret).slice(1, -1);
    forms.push(json, json.replace(/[<>&\u2028\u2029]/g, unicodeEscape), JSON.stringify(json).slice(1, -1));
  }
  if (/[^\w.~-]/.test(secret)) forms.push(...urlForms(secret));
  for (const before of ['', '\0', '\0\0']) {
    const piece = base64Piece(before, secret);
    if (piece.length < SHORTEST_PIECE) continue;
    forms.push(piece);
    if (/[+/]/.test(piece)) forms.push(piece.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

function urlForms(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const forms = [encoded];
  if (/[!'()*]/.test(encoded)) forms.push(encoded.replace(/[!'()*]/g, percentEscape));
  if (encoded.includes('%20')) forms.push(...forms.map((form) => form.replaceAll('%20', '+')));
  return [...forms, ...forms.map((form) => form.replace(PERCENT_CODE, lowerCase))];
}

const PERCENT_CODE = /%[0-9A-F]{2}/g;
const lowerCase = (text: string): string => text.toLowerCase();

/** encoding/json of Go, which `jsonencode` is made of, escapes what could end a script in HTML. */
function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function percentEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** The digits of base64 that depend on the secret alone, when it begins after so many other bytes. */
function base64Piece(before: string, secret: string): string {
  const bytes = Buffer.from(before + secret);
  const start = Math.ceil((before.length * 8) / 6);
  return bytes.toString('base64').slice(start, Math.floor((bytes.length * 8) / 6));
}
