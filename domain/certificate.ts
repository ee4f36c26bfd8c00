/**
 * The public facts of one X.509 certificate. Everything that decides about trust works on these;
 * no key material can be expressed in them.
 */
export interface CertificateFacts {
  /** SHA-256 of the DER, lower-case hex (64 characters): the certificate's name everywhere. */
  readonly fingerprint: string;
  /** Subject key identifier, lower-case hex; what people compare with the output of other tools. */
  readonly subjectKeyId: string;
  /** Authority key identifier, lower-case hex; a self-signed root made by Go has none. */
  readonly authorityKeyId?: string;
  /** Subject distinguished name in one canonical text; equal names have equal text. */
  readonly subject: string;
  /** Issuer distinguished name in the same canonical text. */
  readonly issuer: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: two certificates of one key share it. */
  readonly publicKey: string;
  /** For example `ECDSA P-256` or `RSA 2048`. */
  readonly keyAlgorithm: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
  readonly isCa: boolean;
  /** Path length of the basic constraints; absent when unlimited. */
  readonly pathLength?: number;
  /**
   * Present where a key usage extension leaves out `keyCertSign`: such a key signs no certificates
   * (RFC 5280 §4.2.1.3), which Go heeds and rustls-webpki does not.
   */
  readonly lacksCertSign?: true;
  /** Extended key usages as `serverAuth`, `clientAuth` or a dotted OID; empty when the extension is absent. */
  readonly extendedKeyUsages: readonly string[];
  readonly dnsNames: readonly string[];
}

/** The first eight hex digits: what rotation ids and one-line texts show. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}

/** The first 16 hex digits of the subject key id, as people see certificates named. */
export function shortKeyId(certificate: CertificateFacts): string {
  return certificate.subjectKeyId.slice(0, 16);
}

/** Whether `atMs` (Unix milliseconds) lies within the certificate's dates, both ends included. */
export function isInDate(certificate: CertificateFacts, atMs: number): boolean {
  return Date.parse(certificate.notBefore) <= atMs && atMs <= Date.parse(certificate.notAfter);
}
