import type { RotationAnchors } from './anchors.ts';
import { shortFingerprint } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import type { SignerSource, TrustObjects } from './survey.ts';
import type { IssuerKind } from './trust.ts';

/** A Secret that the ClusterIssuer is to sign with, and the kind of issuer that it is to make. */
export interface SigningSecret {
  readonly to: Exclude<SignerSource, 'other'>;
  readonly issuer: IssuerKind;
}

/**
 * What a Secret holds in place of what makes issuers of this kind: the invariants judge the kind, and
 * another hand may have put another anchor there. `undefined` where it holds what it should.
 */
export function wrongSigner(
  objects: TrustObjects,
  anchors: RotationAnchors,
  { to, issuer }: SigningSecret,
): Laggard | undefined {
  const held = {
    'trust-anchor': objects.trustAnchor,
    'previous-anchor': objects.previousAnchor,
    bridge: objects.bridge,
  }[to];
  const wanted = issuer === 'a' ? anchors.a : anchors.b;
  // A bridge is another certificate of B's name and key; key ids depend on who made it.
  const isWanted =
    held !== undefined &&
    (issuer === 'x'
      ? held.publicKey === wanted?.certificate.publicKey &&
        held.subject === wanted.certificate.subject
      : held.fingerprint === wanted?.certificate.fingerprint);
  if (isWanted) return undefined;
  return {
    what: `${to} Secret`,
    reason: `holds ${held === undefined ? 'nothing' : shortFingerprint(held.fingerprint)}, which makes no issuer of kind ${issuer} of this rotation`,
    remedy: 'put back what it held',
  };
}
