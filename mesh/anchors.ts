import type { Anchor } from '../domain/anchors.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { CopiedPair } from './key-pair-copy.ts';
import { copyKeyPair } from './key-pair-copy.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import { readTlsSecret, secretRef, withoutAppliedKey } from './tls-secret.ts';
import { splitPem } from './x509.ts';

/** A Secret of the trust namespace, by name. */
export interface AnchorSecret {
  readonly namespace: string;
  readonly name: string;
}

/** The public side of an anchor's Secret. */
export interface AnchorFacts extends Anchor {
  /** Everything in `tls.crt`; more than one certificate makes it unusable as a signer. */
  readonly chain: readonly CertificateFacts[];
  readonly resourceVersion: string;
  /** Whether the private key of the certificate lies in the Secret, so that cert-manager can sign with it. */
  readonly hasKey: boolean;
}

/**
 * Reads an anchor; `undefined` when its Secret does not exist.
 * @throws TlsSecretError when there is a Secret without a readable certificate.
 */
export async function readAnchor(
  kube: Kube,
  secret: AnchorSecret,
): Promise<AnchorFacts | undefined> {
  const facts = await readTlsSecret(kube, secretRef(secret.namespace, secret.name));
  if (facts === undefined) return undefined;
  const { certificate, chain, resourceVersion, hasKey } = facts;
  return { certificate, pem: splitPem(facts.chainPem)[0] ?? '', chain, resourceVersion, hasKey };
}

/**
 * Copies the pair of an anchor (`tls.crt`, `tls.key`, `ca.crt`) to another Secret of the trust
 * namespace, which is made if it is missing. Idempotent by fingerprint.
 * @throws TlsSecretError
 */
export function copyAnchorPair(
  kube: Kube,
  pair: {
    readonly namespace: string;
    readonly from: string;
    readonly to: string;
    /** Fingerprint of the anchor that is meant: another one is not copied. */
    readonly only?: string;
  },
): Promise<CopiedPair> {
  return copyKeyPair(kube, {
    from: secretRef(pair.namespace, pair.from),
    to: secretRef(pair.namespace, pair.to),
    ...(pair.only === undefined ? {} : { only: pair.only }),
  });
}

/**
 * Puts the certificate of an anchor whose key is elsewhere into a Secret of the trust namespace: enough
 * for the bundle, and nothing can sign with it. The type of a Secret cannot change, and one of type
 * `kubernetes.io/tls` must have the field of the key: it stays empty.
 */
export async function writeAnchorCertificate(
  kube: Kube,
  { namespace, name }: AnchorSecret,
  { pem }: Anchor,
): Promise<void> {
  const ref = secretRef(namespace, name);
  const crt = Buffer.from(pem).toString('base64');
  try {
    await kube.create(ref, { type: 'kubernetes.io/tls', data: { 'tls.crt': crt, 'tls.key': '' } });
  } catch (error) {
    if (!isConflict(error) || !error.alreadyExists) throw error;
    const data = { 'tls.crt': crt, 'tls.key': '', 'ca.crt': null };
    await kube.patch(ref, { metadata: withoutAppliedKey, data }, 'merge');
  }
}
