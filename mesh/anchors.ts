import type { Anchor } from '../domain/anchors.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import { rootOf } from './anchor-root.ts';
import type { CopiedPair } from './key-pair-copy.ts';
import { copyKeyPair } from './key-pair-copy.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import { readTlsSecret, secretRef, TlsSecretError, withoutAppliedKey } from './tls-secret.ts';

/** A Secret of the trust namespace, by name. */
export interface AnchorSecret {
  readonly namespace: string;
  readonly name: string;
}

/** The public side of an anchor's Secret. */
export interface AnchorFacts extends Anchor {
  /** What signs: the anchor itself, or the CA under it where the anchor's own key is never in the cluster. */
  readonly signer: CertificateFacts;
  /** Everything in `tls.crt`; more than one certificate makes it unusable as a signer. */
  readonly chain: readonly CertificateFacts[];
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the private key of `signer` lies in the Secret, so that cert-manager can sign with it. */
  readonly hasKey: boolean;
}

/** Whether an intermediate CA signs for the anchor. */
export function hasIntermediate({ certificate, signer }: AnchorFacts): boolean {
  return signer.fingerprint !== certificate.fingerprint;
}

/**
 * Reads an anchor; `undefined` when its Secret does not exist.
 * @throws TlsSecretError when there is a Secret without a readable certificate, or without its root.
 */
export async function readAnchor(
  kube: Kube,
  secret: AnchorSecret,
): Promise<AnchorFacts | undefined> {
  const ref = secretRef(secret.namespace, secret.name);
  const facts = await readTlsSecret(kube, ref);
  if (facts === undefined) return undefined;
  const { certificate: signer, chain, resourceVersion, labels, hasKey } = facts;
  return { ...(await rootOf(ref, facts)), signer, chain, resourceVersion, labels, hasKey };
}

/**
 * Copies the pair that signs for an anchor, with the anchor as its `ca.crt`, to another Secret of the trust
 * namespace, which is made if it is missing. Idempotent by fingerprint.
 * @throws TlsSecretError
 */
export async function copyAnchorPair(
  kube: Kube,
  pair: {
    readonly namespace: string;
    readonly from: string;
    readonly to: string;
    /** Fingerprint of the anchor that is meant: another one is not copied. */
    readonly only?: string;
  },
): Promise<CopiedPair> {
  const { namespace, from, to, only } = pair;
  const anchor = await readAnchor(kube, { namespace, name: from });
  if (anchor !== undefined && only !== undefined && anchor.certificate.fingerprint !== only) {
    throw new TlsSecretError(
      `Secret ${namespace}/${from} holds anchor ${anchor.certificate.fingerprint} where ${only} was expected; nothing was written to Secret ${namespace}/${to}. Next step: find out what wrote the Secret last.`,
    );
  }
  return copyKeyPair(kube, {
    from: secretRef(namespace, from),
    to: secretRef(namespace, to),
    // A Bundle may take the anchor from ca.crt, and an owner's pair may come without.
    ...(anchor === undefined ? {} : { caPem: anchor.pem, only: anchor.signer.fingerprint }),
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
  const data = { 'tls.crt': crt, 'tls.key': '', 'ca.crt': crt };
  try {
    await kube.create(ref, { type: 'kubernetes.io/tls', data });
  } catch (error) {
    if (!isConflict(error) || !error.alreadyExists) throw error;
    await kube.patch(ref, { metadata: withoutAppliedKey, data }, 'merge');
  }
}
