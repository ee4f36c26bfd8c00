import { isConverged } from './convergence.ts';
import { issuersVerifyUnder, verifiersHold } from './conditions.ts';
import { fleetHoldsNewOnly } from './gates/fleet-holds-new-only.ts';
import type { Method, PhaseName } from './phases.ts';
import type { SignerSource, Survey } from './survey.ts';
import { describeHeld, issuerKind } from './trust.ts';

/** Where a cluster stands between A and B, derived from what is observed and from nothing else. */
export type Position =
  | {
      readonly kind: 'in-phase';
      readonly phase: PhaseName;
      /** Set where the state of the cluster leaves no choice of method. */
      readonly method?: Method;
      readonly because: string;
    }
  /** A state that no step of a rotation produces: a person has to look. */
  | { readonly kind: 'off-the-map'; readonly because: string; readonly remedy: string };

/** The letters of A and B by fingerprint; B is absent until it exists. */
export interface AnchorFingerprints {
  readonly a: string;
  readonly b?: string;
}

/** The first phase that still has something to do. */
export function locate(survey: Survey, anchors: AnchorFingerprints): Position {
  if (anchors.b === undefined) return beforeRenewal(survey, anchors.a);
  const { previousAnchor, trustAnchor } = survey.objects;
  if (trustAnchor.fingerprint !== anchors.b) {
    return offTheMap(
      'the trust anchor in its Secret is not the one that this rotation brought in',
      'start a new rotation: it adopts the anchor that is there now',
    );
  }
  if (previousAnchor?.fingerprint === anchors.a) return beforeRetirement(survey);
  if (previousAnchor?.fingerprint === anchors.b) return afterRetirement(survey);
  return offTheMap(
    'the previous-anchor Secret holds neither the old nor the new anchor, so the bundle has lost one',
    'restore the old anchor into the previous-anchor Secret',
  );
}

function beforeRenewal(survey: Survey, a: string): Position {
  const { signer, previousAnchor, issuer } = survey.objects;
  if (issuerKind(issuer.under) !== 'a') {
    return offTheMap(
      `the issuer in the Secret does not verify under the trust anchor (${describeHeld(issuer.under)})`,
      'renew the identity issuer Certificate',
    );
  }
  if (signer.source === 'trust-anchor') return inPhase('PinningSigner', 'nothing is under way');
  if (signer.source === 'previous-anchor' && previousAnchor?.fingerprint === a) {
    return inPhase('RenewingTrustAnchor', 'the signer is pinned, the anchor is not renewed yet');
  }
  return foreignSigner(signer);
}

function beforeRetirement(survey: Survey): Position {
  const { signer, issuer } = survey.objects;
  switch (issuerKind(issuer.under)) {
    case 'a':
      return issuerStillOld(survey);
    case 'x':
      if (signer.source !== 'bridge') {
        return inPhase(
          'BridgingIdentityIssuer',
          'the issuer stands behind the bridge, but its signer does not',
          'bridge',
        );
      }
      return isAdopted(survey)
        ? inPhase('ReplacingLeaves', 'the issuer stands behind the bridge', 'bridge')
        : inPhase('BridgingIdentityIssuer', 'an identity replica missed the bridge', 'bridge');
    case 'b':
      return issuerAlreadyNew(survey);
    case undefined:
      return offTheMap(
        'the issuer in the Secret verifies under neither the old nor the new anchor',
        'renew the identity issuer Certificate from a signer in the bundle',
      );
  }
}

function issuerStillOld(survey: Survey): Position {
  const { signer, bundle, bridge, trustAnchor } = survey.objects;
  switch (signer.source) {
    case 'trust-anchor':
      return inPhase(
        'PinningSigner',
        'the anchor was renewed without a pin: the next renewal of the issuer would come out under it',
      );
    case 'previous-anchor':
      if (bundle.held.a !== 'yes' || bundle.held.b !== 'yes') {
        return inPhase('RenewingTrustAnchor', 'the bundle does not hold both anchors yet');
      }
      return inPhase('BridgingIdentityIssuer', 'both anchors are in the bundle');
    case 'bridge':
      return bridge?.publicKey === trustAnchor.publicKey
        ? inPhase('BridgingIdentityIssuer', 'the signer is the bridge already', 'bridge')
        : inPhase('PinningSigner', 'the signer is the bridge of another anchor than the new one');
    case 'other':
      return foreignSigner(signer);
  }
}

/**
 * The issuer was switched without a bridge. Where every verifier holds B that is the overlap, seen
 * from behind; where one does not, handshakes fail, and a bridge under the same key heals it.
 */
function issuerAlreadyNew(survey: Survey): Position {
  const { signer } = survey.objects;
  switch (signer.source) {
    case 'trust-anchor':
      if (!isConverged(verifiersHold(survey, { b: 'yes' }))) {
        return inPhase(
          'PinningSigner',
          'the issuer was switched while verifiers hold only the old anchor: a bridge heals it',
          'bridge',
        );
      }
      return isAdopted(survey)
        ? inPhase('ReplacingLeaves', 'the issuer is under the new anchor', 'overlap')
        : inPhase('RenewingIdentityIssuer', 'an identity replica missed the new issuer', 'overlap');
    case 'previous-anchor':
    case 'bridge':
      return inPhase(
        'BridgingIdentityIssuer',
        'the issuer is to be put behind the bridge',
        'bridge',
      );
    case 'other':
      return foreignSigner(signer);
  }
}

/** A replica that missed the switch goes on signing under A: waiting for leaves would not end. */
function isAdopted(survey: Survey): boolean {
  return isConverged(issuersVerifyUnder(survey, { a: 'no', b: 'yes' }));
}

function afterRetirement(survey: Survey): Position {
  const { issuer, signer, bridge } = survey.objects;
  switch (issuerKind(issuer.under)) {
    case 'x':
      return signer.source === 'bridge'
        ? inPhase('RetiringTrustAnchor', 'the old anchor left the bundle', 'bridge')
        : inPhase('ReleasingBridge', 'the signer left the bridge', 'bridge');
    case 'b':
      // A bridge left over from an earlier attempt says nothing about who still holds the old anchor.
      if (!isConverged(fleetHoldsNewOnly.judge(survey))) {
        const method = bridge === undefined ? 'overlap' : 'bridge';
        return inPhase('RetiringTrustAnchor', 'verifiers still hold the old anchor', method);
      }
      return bridge === undefined
        ? inPhase('Verifying', 'the old anchor is gone', 'overlap')
        : inPhase('ReleasingBridge', 'only the bridge is left to delete', 'bridge');
    case 'a':
    case undefined:
      return offTheMap(
        'the old anchor left the bundle while the issuer in the Secret is still under it',
        'renew the identity issuer from the new anchor before any identity process restarts',
      );
  }
}

function foreignSigner(signer: {
  readonly source: SignerSource;
  readonly secretName: string;
}): Position {
  return offTheMap(
    `the ClusterIssuer signs with Secret ${signer.secretName}`,
    'point it at the trust anchor, as the set-up guide does',
  );
}

function inPhase(phase: PhaseName, because: string, method?: Method): Position {
  return method === undefined
    ? { kind: 'in-phase', phase, because }
    : { kind: 'in-phase', phase, because, method };
}

function offTheMap(because: string, remedy: string): Position {
  return { kind: 'off-the-map', because, remedy };
}
