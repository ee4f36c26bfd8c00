import 'reflect-metadata';

import { createHash, X509Certificate } from 'node:crypto';

import * as x509 from '@peculiar/x509';

import type { CertificateFacts } from '../../../domain/certificate.ts';

/** Many proxies hold the same few anchors and issuers; leaves come and go. */
const cachedCertificates = 4_000;

const usageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
};

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

const factsByFingerprint = new Map<string, CertificateFacts>();
const certificateOf = new WeakMap<CertificateFacts, X509Certificate>();

/**
 * The facts of a certificate. Equal certificates give the same object while they are cached, which keeps
 * the judging of thousands of handshakes cheap; `fingerprint256`, as Node writes it, saves parsing those.
 */
export function factsOfDer(
  der: Uint8Array,
  fingerprint256 = new X509Certificate(der).fingerprint256,
): CertificateFacts {
  const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();
  const known = factsByFingerprint.get(fingerprint);
  if (known !== undefined) return known;
  const certificate = new X509Certificate(der);
  const facts = readFacts(certificate, fingerprint);
  certificateOf.set(facts, certificate);
  factsByFingerprint.set(fingerprint, facts);
  if (factsByFingerprint.size > cachedCertificates) forgetOldest();
  return facts;
}

/** @throws when `pem` is not one PEM certificate. */
export function factsOfPem(pem: string): CertificateFacts {
  return factsOfDer(new X509Certificate(pem).raw);
}

/** The certificate behind facts made by `factsOfDer`. */
export function certificateBehind(facts: CertificateFacts): X509Certificate {
  const certificate = certificateOf.get(facts);
  if (certificate === undefined) {
    throw new Error(`No certificate is known for the facts of ${facts.fingerprint}`);
  }
  return certificate;
}

function forgetOldest(): void {
  const [oldest] = factsByFingerprint.keys();
  if (oldest !== undefined) factsByFingerprint.delete(oldest);
}

function readFacts(certificate: X509Certificate, fingerprint: string): CertificateFacts {
  // Node gives no key identifiers and no path length.
  const parsed = new x509.X509Certificate(certificate.raw);
  const authorityKeyId = parsed.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  const pathLength = parsed.getExtension(x509.BasicConstraintsExtension)?.pathLength;
  return {
    fingerprint,
    subjectKeyId: parsed.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '',
    ...(authorityKeyId === undefined ? {} : { authorityKeyId }),
    subject: parsed.subject,
    issuer: parsed.issuer,
    publicKey: publicKeyHashOf(certificate),
    keyAlgorithm: keyAlgorithmOf(certificate),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    isCa: certificate.ca,
    ...(pathLength === undefined ? {} : { pathLength }),
    extendedKeyUsages: extendedKeyUsagesOf(parsed),
    dnsNames: dnsNamesOf(parsed),
  };
}

function extendedKeyUsagesOf(parsed: x509.X509Certificate): string[] {
  const usages = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  // The library's list is a class of its own.
  return Array.from(usages, (oid) => usageNames[String(oid)] ?? String(oid));
}

function dnsNamesOf(parsed: x509.X509Certificate): string[] {
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.filter((name) => name.type === 'dns').map((name) => name.value);
}

function keyAlgorithmOf(certificate: X509Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const curve = asymmetricKeyDetails?.namedCurve;
  if (curve !== undefined) return `ECDSA ${curveNames[curve] ?? curve}`;
  const bits = asymmetricKeyDetails?.modulusLength;
  return bits === undefined ? String(asymmetricKeyType) : `RSA ${bits}`;
}

function publicKeyHashOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}
