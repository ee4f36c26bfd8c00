import type { Laggard } from '../domain/convergence.ts';
import type { AnchorImport, HandedInAnchor } from '../domain/imports.ts';
import { anchorAwaited, anchorImportFaults, noAnchor } from '../domain/imports.ts';
import type { MeshObjects } from '../domain/objects.ts';
import { copyAnchorPair, hasIntermediate, readAnchor } from './anchors.ts';
import { readBundle } from './bundle.ts';
import { signersInBundle } from './bundle-sources.ts';
import type { Kube } from './kubernetes/kube.ts';
import { requireIssuer } from './observation/trust-objects.ts';
import { secretRef, TlsSecretError } from './tls-secret.ts';

/** What stands between a handed-in anchor and its taking over. */
export interface AnchorOffer {
  /** Empty where it may be taken over. */
  readonly faults: readonly Laggard[];
  /** Of the certificate that was judged; absent where there is none. */
  readonly fingerprint?: string;
}

/**
 * Looks for an anchor that is not A: in the anchor's own Secret, where an earlier attempt or its owner
 * may have put it already, else in the Secret for hand-ins.
 */
export async function lookForAnchor(
  kube: Kube,
  question: Omit<AnchorImport, 'issuer'>,
): Promise<AnchorOffer> {
  const { a, objects } = question;
  const { trustNamespace: namespace, trustAnchor, nextAnchor } = objects;
  const issuer = await requireIssuer(kube, objects);
  const ask = { ...question, issuer: issuer.certificate };
  const present = await readAnchor(kube, { namespace, name: trustAnchor }).catch(noCertificate);
  const isPresent = present !== undefined && present.certificate.fingerprint !== a.fingerprint;
  return offerIn(kube, isPresent ? trustAnchor : nextAnchor, ask);
}

/**
 * Makes the handed-in pair the anchor; its certificate must be the one that was judged.
 * @throws TlsSecretError when it is another by now, or a Certificate writes the anchor's Secret
 */
export async function takeOverAnchor(
  kube: Kube,
  { trustNamespace: namespace, nextAnchor: from, trustAnchor: to }: MeshObjects,
  only: string,
): Promise<void> {
  await copyAnchorPair(kube, { namespace, from, to, only });
}

/** Deletes a hand-in that has been taken over; what the owner has put there since is kept. */
export async function clearHandedIn(
  kube: Kube,
  { trustNamespace: namespace, nextAnchor: name }: MeshObjects,
  takenOver: string,
): Promise<void> {
  const left = await readAnchor(kube, { namespace, name }).catch(noCertificate);
  if (left?.certificate.fingerprint === takenOver) await kube.delete(secretRef(namespace, name));
}

async function offerIn(kube: Kube, name: string, ask: AnchorImport): Promise<AnchorOffer> {
  const { objects } = ask;
  try {
    const found = await readAnchor(kube, { namespace: objects.trustNamespace, name });
    if (found === undefined) return { faults: [anchorAwaited(objects)] };
    const { certificate, signer, chain, hasKey } = found;
    const handedIn: HandedInAnchor = {
      certificate,
      ...(hasIntermediate(found) ? { intermediate: signer } : {}),
      secretName: name,
      certificates: chain.length,
      hasKey,
    };
    // Read for those alone: this is asked again and again while the owner is waited for.
    const inBundle = hasIntermediate(found)
      ? signersInBundle(await readBundle(kube, objects), objects, [found])
      : [];
    return {
      faults: [...anchorImportFaults(handedIn, ask), ...inBundle],
      fingerprint: certificate.fingerprint,
    };
  } catch (error) {
    if (!(error instanceof TlsSecretError)) throw error;
    return { faults: [noAnchor(objects, name, error.message)] };
  }
}

function noCertificate(error: unknown): undefined {
  if (!(error instanceof TlsSecretError)) throw error;
}
