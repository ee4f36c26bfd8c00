import type { CertificateFacts } from '../../../domain/certificate.ts';
import { factsOfPem } from './certificate-facts.ts';

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

interface PemBlock {
  readonly type: string;
  readonly text: string;
  /** What stands behind the block's last line. */
  readonly rest: string;
}

/**
 * Reads a bundle as linkerd2's `DecodePEMCertPool` does (`pkg/tls/codec.go`, Go's `pem.Decode`), its
 * hazards included: anything behind the last block but one newline is an error, and a block of
 * another type silently ends the reading.
 *
 * @throws when Go would refuse the text.
 */
export function decodeCertPool(text: string): CertificateFacts[] {
  const pool: CertificateFacts[] = [];
  let rest = text;
  while (rest.length > 0) {
    const block = nextPemBlock(rest);
    if (block === undefined) throw new Error('not a PEM certificate');
    if (block.type !== 'CERTIFICATE') return pool;
    pool.push(factsOfPem(block.text));
    rest = block.rest;
  }
  return pool;
}

/** Every certificate in the text, whatever stands around them, as the proxy's Rust side reads them. */
export function decodeCertificates(text: string): CertificateFacts[] {
  return splitCertificates(text).map(factsOfPem);
}

/** The PEM text of every certificate, in order. */
export function splitCertificates(text: string): string[] {
  return text.match(certificateBlock) ?? [];
}

/** Go's `pem.Decode`: blocks begin at a line's start, and nothing but blanks may follow the END line. */
function nextPemBlock(text: string): PemBlock | undefined {
  const begin = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const type = match[1] ?? '';
    const start = match.index + (text[match.index] === '\n' ? 1 : 0);
    const endLine = `\n-----END ${type}-----`;
    // The END line may directly follow the BEGIN line, whose newline the match has consumed.
    const end = text.indexOf(endLine, begin.lastIndex - 1);
    if (end === -1) continue;
    const afterEnd = end + endLine.length;
    const trailer = /^[ \t]*\r?(?:\n|$)/.exec(text.slice(afterEnd));
    if (trailer === null) continue;
    return {
      type,
      text: text.slice(start, afterEnd),
      rest: text.slice(afterEnd + trailer[0].length),
    };
  }
  return undefined;
}
