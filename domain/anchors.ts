import type { CertificateFacts } from './certificate.ts';
import { shortFingerprint } from './certificate.ts';

/** A root certificate as it is handed around: public facts and its PEM. */
export interface Anchor {
  readonly certificate: CertificateFacts;
  readonly pem: string;
}

/** The anchors of one rotation, recorded once: A, the one in use, and B, its successor, once it exists. */
export interface RotationAnchors {
  readonly a: Anchor;
  readonly b?: Anchor;
}

/** What is known about roots before anybody has been asked. */
export interface AnchorCandidates {
  /** The certificate in the Secret of the anchor Certificate. */
  readonly trustAnchor: Anchor;
  /** Every other root seen, best known first: previous-anchor, bridge, bundle, environments of pods. */
  readonly others: readonly AnchorCandidate[];
  /** Fingerprints of the candidates under which the issuer in the Secret verifies. */
  readonly issuerVerifiesUnder: readonly string[];
}

export interface AnchorCandidate extends Anchor {
  /** Who trusts it still; `pods`: nobody but live pods, by their environment. */
  readonly heldBy: 'bundle' | 'pods' | 'nobody';
  /** Whether it lies in previous-anchor or has signed the bridge: a rotation has left it there. */
  readonly isRotated: boolean;
}

/**
 * Tells A from B. A is the anchor that the issuer in the Secret verifies under and B the one in the
 * anchor's Secret if that is another. If the issuer is under the anchor's Secret alone, another root
 * that is still held may be an A that has not been retired yet.
 *
 * @param replaces fingerprint of the anchor that is to be replaced, where somebody has said so
 */
export function identifyAnchors(candidates: AnchorCandidates, replaces = ''): RotationAnchors {
  const { trustAnchor, issuerVerifiesUnder } = candidates;
  const successor = plain(trustAnchor);
  const others = candidates.others.filter(
    ({ certificate }) => certificate.fingerprint !== successor.certificate.fingerprint,
  );
  const signedUnder = others.find(({ certificate }) =>
    issuerVerifiesUnder.includes(certificate.fingerprint),
  );
  const issuerIsUnderSuccessor = issuerVerifiesUnder.includes(successor.certificate.fingerprint);
  const leftOver = issuerIsUnderSuccessor
    ? others.find((other) => isLeftOver(other, replaces))
    : undefined;
  const old = signedUnder ?? leftOver;
  return old === undefined ? { a: successor } : { a: plain(old), b: successor };
}

/**
 * A root in the bundle that no rotation tells of is there for somebody else, such as the proxies of another
 * cluster, and nobody has asked for its retirement; one that has left the bundle is on its way out.
 */
function isLeftOver(
  { certificate, heldBy, isRotated }: AnchorCandidate,
  replaces: string,
): boolean {
  if (heldBy === 'nobody') return false;
  return isRotated || heldBy === 'pods' || certificate.fingerprint === replaces;
}

/** `<A8>-<B8>`, or `<A8>` until B exists. */
export function rotationId({ a, b }: RotationAnchors): string {
  const parts = [a, ...(b === undefined ? [] : [b])];
  return parts.map(({ certificate }) => shortFingerprint(certificate.fingerprint)).join('-');
}

/** Whether previous-anchor is a copy of A, which the signer can be pinned to. */
export function isCopied(
  anchors: RotationAnchors | undefined,
  objects: { readonly previousAnchor?: string } | undefined,
): boolean {
  const a = anchors?.a.certificate.fingerprint;
  return a !== undefined && objects?.previousAnchor === a;
}

/** Whether B has taken the place of A's copy: from there on only the way forward is safe. */
export function isRetired(
  anchors: RotationAnchors | undefined,
  objects: { readonly previousAnchor?: string } | undefined,
): boolean {
  const b = anchors?.b?.certificate.fingerprint;
  return b !== undefined && objects?.previousAnchor === b;
}

function plain({ certificate, pem }: Anchor): Anchor {
  return { certificate, pem };
}
