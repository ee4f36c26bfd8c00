import { CertificateParseError } from '../x509.ts';

/** One element of DER: tag, length, content. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

/**
 * The element that begins there; its length is short, or long in up to four bytes.
 * @throws CertificateParseError
 */
export function elementAt(der: Buffer, at: number): Element {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) throw malformed();
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4 || at + 2 + lengthBytes > der.length) throw malformed();
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  const end = start + length;
  if (end > der.length) throw malformed();
  return { tag, content: der.subarray(start, end), end };
}

/** @throws CertificateParseError */
export function partsOf({ content }: Element): Element[] {
  const parts: Element[] = [];
  for (let at = 0; at < content.length;) {
    const part = elementAt(content, at);
    parts.push(part);
    at = part.end;
  }
  return parts;
}

export function malformed(): CertificateParseError {
  return new CertificateParseError('The DER is not that of an X.509 certificate.');
}
