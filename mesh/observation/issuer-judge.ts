import { X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Anchor } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { goAccepts } from '../../domain/chain.ts';
import { decodeCertificate, fingerprintOf, splitPem } from '../x509.ts';

/**
 * Fingerprints of the anchors under each of which alone the leaves of an issuer file (issuer first)
 * verify. To the proxies that judge leaves an anchor is nothing but a name and a key, so its dates and
 * path length are left aside. The dates of what stands in the file count at `atMs`; without it they
 * are left aside too: whose issuer it is does not change when it ends.
 * @throws CertificateParseError
 */
export function acceptingAnchors(
  chainPem: string,
  anchors: readonly Anchor[],
  { atMs }: { readonly atMs?: number } = {},
): readonly string[] {
  const encoded = new Map<string, X509Certificate>();
  const chain = splitPem(chainPem).map((pem) => {
    const facts = chainFacts(decodeCertificate(pem));
    encoded.set(facts.fingerprint, new X509Certificate(pem));
    return atMs === undefined ? withoutDates(facts) : facts;
  });
  for (const { certificate, pem } of anchors) {
    encoded.set(certificate.fingerprint, new X509Certificate(pem));
  }
  const check = {
    atMs: atMs ?? 0,
    signedBy: (child: CertificateFacts, signer: CertificateFacts) =>
      isSignedBy(encoded.get(child.fingerprint), encoded.get(signer.fingerprint)),
  };
  return anchors
    .map(({ certificate }) => certificate)
    .filter((anchor) => goAccepts(chain, [nameAndKey(anchor)], check).accepted)
    .map(({ fingerprint }) => fingerprint);
}

/** Whether the signature verifies. An unknown certificate has signed nothing and is signed by nobody. */
export function isSignedBy(
  child: X509Certificate | undefined,
  signer: X509Certificate | undefined,
): boolean {
  if (child === undefined || signer === undefined) return false;
  try {
    return child.verify(signer.publicKey);
  } catch {
    // A key of another algorithm than the signature's: it cannot have made it.
    return false;
  }
}

function withoutDates(certificate: CertificateFacts): CertificateFacts {
  const notBefore = '0000-01-01T00:00:00.000Z';
  return { ...certificate, notBefore, notAfter: '9999-12-31T23:59:59.000Z' };
}

function nameAndKey(certificate: CertificateFacts): CertificateFacts {
  const { pathLength: _, lacksCertSign: __, ...anchor } = withoutDates(certificate);
  return { ...anchor, extendedKeyUsages: [] };
}

/**
 * What judging a path needs, read without waiting (`parseCertificate` waits for a hash of the key):
 * so a caller that may not wait can judge what it was handed.
 */
function chainFacts(certificate: x509.X509Certificate): CertificateFacts {
  const constraints = certificate.getExtension(x509.BasicConstraintsExtension);
  const { pathLength } = constraints ?? {};
  return {
    fingerprint: fingerprintOf(certificate),
    subjectKeyId: certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '',
    subject: certificate.subject,
    issuer: certificate.issuer,
    publicKey: Buffer.from(certificate.publicKey.rawData).toString('hex'),
    keyAlgorithm: '',
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    isCa: constraints?.ca ?? false,
    extendedKeyUsages: [],
    dnsNames: [],
    ...(pathLength === undefined ? {} : { pathLength }),
  };
}
