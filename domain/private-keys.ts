/** Recognises private keys in texts. Runs in the workflow sandbox too, which has no decoder of base64. */

/** PEM headers of private keys: PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, DSA, OpenSSH, OpenPGP. */
const label = '(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----';
const marker = new RegExp(`-----BEGIN ${label}`);
/** A key that was cut off goes on to the end of the text. */
const block = new RegExp(`-----BEGIN ${label}[^]*?(?:-----END ${label}|$)`, 'g');

/** The shortest header above as base64: nothing shorter can hide one. */
const base64Run = /[A-Za-z0-9+/_-]{36,}/g;
/** Line breaks inside base64, as they are or escaped in JSON. */
const lineBreaks = /\\+[nrt]|[\r\n\t]/g;
/** A Secret in JSON in a Secret: deeper than anything a mistake would build. */
const maxDepth = 3;

/** Whether a text holds a private key as PEM, plain or in base64. */
export function holdsPrivateKey(text: string): boolean {
  return isKeyWithin(text, 0);
}

/** The text with its private keys removed; nothing of it is left if one is hidden in base64. */
export function withoutPrivateKeys(text: string): string {
  const rest = text.replace(block, '[private key removed]');
  return holdsPrivateKey(rest) ? '[a text that held a private key was removed]' : rest;
}

function isKeyWithin(text: string, depth: number): boolean {
  if (marker.test(text)) return true;
  if (depth === maxDepth) return false;
  const runs = text.replaceAll(lineBreaks, '').match(base64Run) ?? [];
  // What stands before a run may use base64's own letters, so each of the four alignments is tried.
  return runs.some((run) =>
    [0, 1, 2, 3].some((start) => isKeyWithin(decodeBase64(run.slice(start)), depth + 1)),
  );
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const sextets = new Map<string, number>([
  ...Array.from(letters, (letter, value) => [letter, value] as const),
  ['+', 62],
  ['-', 62],
  ['/', 63],
  ['_', 63],
]);

/** Each byte as the character of its value; both alphabets, without padding. */
function decodeBase64(run: string): string {
  let text = '';
  let bits = 0;
  let length = 0;
  for (const letter of run) {
    bits = (bits << 6) | (sextets.get(letter) ?? 0);
    length += 6;
    if (length < 8) continue;
    length -= 8;
    text += String.fromCharCode(bits >> length);
    bits &= (1 << length) - 1;
  }
  return text;
}
