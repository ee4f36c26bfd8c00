import type { X509Certificate } from '@peculiar/x509';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { SignedBy } from '../domain/chain.ts';
import type { EncodedCertificate } from './x509.ts';
import { decodeCertificate, fingerprintOf, parseCertificate } from './x509.ts';

/**
 * Knows which certificate signed which. Verifying is asynchronous and needs the encoded certificates;
 * decisions about trust are pure functions of facts. So an observation first teaches the oracle every
 * certificate it met, then hands `signedBy` to the decisions.
 */
export interface SignatureOracle {
  /** Verifies the new certificates against all that are known; answers with their facts, in order. */
  learn(certificates: readonly EncodedCertificate[]): Promise<CertificateFacts[]>;
  /**
   * Whether `child`'s signature verifies with `signer`'s key.
   * @throws Error when one of the two was never learnt: an unknown signature is neither good nor bad.
   */
  readonly signedBy: SignedBy;
}

/** One oracle an observation: it keeps every certificate it was taught. */
export function createSignatureOracle(): SignatureOracle {
  const known = new Map<string, X509Certificate>();
  const verdicts = new Map<string, boolean>();
  /** Shared by all who teach a certificate at once: each may ask only when it is examined. */
  const examinations = new Map<string, Promise<void>>();

  async function meet(child: X509Certificate, signer: X509Certificate): Promise<void> {
    // Paths are searched by subject and signature, so only a matching name can ever be asked for.
    if (child.issuer !== signer.subject) return;
    verdicts.set(pair(fingerprintOf(child), fingerprintOf(signer)), await verifies(child, signer));
  }

  async function examine(certificate: X509Certificate): Promise<void> {
    known.set(fingerprintOf(certificate), certificate);
    for (const other of known.values()) {
      await meet(certificate, other);
      if (other !== certificate) await meet(other, certificate);
    }
  }

  function learnOne(certificate: X509Certificate): Promise<void> {
    const fingerprint = fingerprintOf(certificate);
    const examination = examinations.get(fingerprint) ?? examine(certificate);
    examinations.set(fingerprint, examination);
    return examination;
  }

  return {
    learn: async (certificates) => {
      for (const encoded of certificates) await learnOne(decodeCertificate(encoded));
      return Promise.all(certificates.map((encoded) => parseCertificate(encoded)));
    },
    signedBy: (child, signer) => {
      for (const { fingerprint, subject } of [child, signer]) {
        if (!known.has(fingerprint)) {
          throw new Error(
            `The signature of certificate ${fingerprint} (${subject}) was never examined. Next step: learn it first.`,
          );
        }
      }
      return verdicts.get(pair(child.fingerprint, signer.fingerprint)) ?? false;
    },
  };
}

async function verifies(child: X509Certificate, signer: X509Certificate): Promise<boolean> {
  try {
    // Dates are not part of the question: they are judged where a chain is.
    return await child.verify({ publicKey: signer.publicKey, signatureOnly: true });
  } catch {
    // A key that does not fit the signature's algorithm cannot have made it.
    return false;
  }
}

function pair(child: string, signer: string): string {
  return `${child}<${signer}`;
}
