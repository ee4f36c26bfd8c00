import 'reflect-metadata';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM of a leaf with its intermediates, and of the certificate at the chain's end. */
export interface PemBundle {
  chain: string;
  ca: string;
}

/** All certificates of a PEM text. Throws when one of them cannot be parsed. */
export function parseCertificates(pem: string): x509.X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new x509.X509Certificate(block));
}

/** PEM with a trailing newline, as Go's encoder writes it. */
export function toPem(certificates: x509.X509Certificate[]): string {
  return certificates.map((certificate) => `${certificate.toString('pem').trim()}\n`).join('');
}

export function sameName(a: x509.Name, b: x509.Name): boolean {
  return Buffer.from(a.toArrayBuffer()).equals(Buffer.from(b.toArrayBuffer()));
}

function isSignedBy(child: x509.X509Certificate, parent: x509.X509Certificate): boolean {
  // Only the signature: OpenSSL's own path building misjudges a cross-signed CA without an authority key id.
  const parentKey = new NodeCertificate(Buffer.from(parent.rawData)).publicKey;
  return (
    sameName(child.issuerName, parent.subjectName) &&
    new NodeCertificate(Buffer.from(child.rawData)).verify(parentKey)
  );
}

function withoutDuplicates(certificates: x509.X509Certificate[]): x509.X509Certificate[] {
  return [...new Map(certificates.map((c) => [c.toString('base64'), c])).values()];
}

/**
 * Arranges certificates as one chain, as cert-manager's ParseSingleCertificateChain: a self-signed root is left out
 * of the chain and is its CA. Throws when they do not form exactly one chain.
 */
export function toSingleChain(certificates: x509.X509Certificate[]): PemBundle {
  const chains = withoutDuplicates(certificates).map((certificate) => [certificate]);
  for (let merged = true; merged && chains.length > 1;) {
    merged = false;
    for (const [index, lower] of chains.entries()) {
      const end = lower.at(-1);
      const above = chains.findIndex((upper) => {
        const first = upper[0];
        return (
          upper !== lower && end !== undefined && first !== undefined && isSignedBy(end, first)
        );
      });
      if (above < 0) continue;
      chains[index] = [...lower, ...(chains[above] ?? [])];
      chains.splice(above, 1);
      merged = true;
      break;
    }
  }
  const [chain, second] = chains;
  const root = chain?.at(-1);
  if (chain === undefined || root === undefined || second !== undefined)
    throw new Error('certificate chain is malformed or broken');
  const intermediates = chain.length > 1 && isSignedBy(root, root) ? chain.slice(0, -1) : chain;
  return { chain: toPem(intermediates), ca: toPem([root]) };
}
