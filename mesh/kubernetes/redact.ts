const pemBlock = /-----BEGIN [^-]+-----[\s\S]*?(-----END [^-]+-----|$)/g;
/** Long runs of base64 are encoded data (Secret values, tokens); names and hashes are shorter. */
const longBase64 = /[A-Za-z0-9+/_=-]{80,}/g;
const maxLength = 400;

/**
 * Makes foreign text fit for an error message or a log: encoded data is removed, for the API server
 * may quote parts of what it was sent, and the text is cut after 400 characters.
 */
export function redact(text: string): string {
  const clean = withoutData(text);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength)}…`;
}

/** The same uncut, for a message of ours that ends with a command. */
export function withoutData(text: string): string {
  return text.replace(pemBlock, '[PEM removed]').replace(longBase64, '[data removed]');
}
