import type { CertificateFacts } from '../../domain/certificate.ts';
import type { SignedBy } from '../../domain/chain.ts';

/**
 * Certificates without cryptography, for tests of decisions: a key is its name, and a signature is
 * the name of the key that made it. `signedBy` knows the signatures of what was made here only.
 */
export interface FakeCertificate {
  readonly subject: string;
  /** Name of the certificate's own key. */
  readonly key: string;
  /** The certificate that signs; absent for a self-signed one. */
  readonly signer?: CertificateFacts;
  readonly isCa?: boolean;
  readonly pathLength?: number;
  readonly extendedKeyUsages?: readonly string[];
  readonly notBefore?: string;
  readonly notAfter?: string;
}

const signatures = new WeakMap<CertificateFacts, string>();

export function fakeCertificate(wanted: FakeCertificate): CertificateFacts {
  const signingKey = wanted.signer?.publicKey ?? wanted.key;
  const facts: CertificateFacts = {
    fingerprint: fakeFingerprint(
      `${wanted.subject}|${wanted.key}|${signingKey}|${wanted.notAfter ?? ''}`,
    ),
    subjectKeyId: fakeFingerprint(wanted.key).slice(0, 40),
    subject: wanted.subject,
    issuer: wanted.signer?.subject ?? wanted.subject,
    publicKey: wanted.key,
    keyAlgorithm: 'ECDSA P-256',
    notBefore: wanted.notBefore ?? '2026-01-01T00:00:00.000Z',
    notAfter: wanted.notAfter ?? '2027-01-01T00:00:00.000Z',
    isCa: wanted.isCa ?? false,
    extendedKeyUsages: wanted.extendedKeyUsages ?? [],
    dnsNames: [],
    ...(wanted.pathLength === undefined ? {} : { pathLength: wanted.pathLength }),
  };
  signatures.set(facts, signingKey);
  return facts;
}

export const signedBy: SignedBy = (child, signer) => signatures.get(child) === signer.publicKey;

/** 64 hex digits that differ where `text` differs: FNV-1a, repeated. No security is meant. */
function fakeFingerprint(text: string): string {
  const words = Array.from({ length: 8 }, (_, round) => {
    let hash = 0x811c9dc5 ^ round;
    for (const character of text) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  });
  return words.join('');
}

/** A time within the dates that {@link fakeCertificate} gives by default. */
export const fakeNowMs = Date.parse('2026-06-01T00:00:00.000Z');
