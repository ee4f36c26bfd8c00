import type { Anchor } from '../domain/anchors.ts';
import { CertificateParseError, parseCertificate, splitPem } from './x509.ts';

/**
 * The certificates in PEM texts, by fingerprint. What is none is nobody's anchor; the bundle's hazards
 * report it.
 */
export async function rootsIn(texts: readonly string[]): Promise<Map<string, Anchor>> {
  const found = new Map<string, Anchor>();
  for (const pem of texts.flatMap(splitPem)) {
    const certificate = await parseCertificate(pem).catch((error: unknown) => {
      if (error instanceof CertificateParseError) return undefined;
      throw error;
    });
    if (certificate !== undefined) found.set(certificate.fingerprint, { certificate, pem });
  }
  return found;
}
