import { isCopied } from './anchors.ts';
import type { PhaseName } from './phases.ts';
import type { RotationState } from './rotation-state.ts';
import { issuerKind } from './trust.ts';

type Left = Pick<RotationState, 'anchors' | 'recorded' | 'observed' | 'phases'>;

/**
 * Where a rotation that holds leaves the mesh, for people. Safe to stay is what it is for, unless nothing
 * pins the signer: then it says until when.
 */
export function whereHeld(state: Left): string {
  const next = 'the next rotation goes on from here';
  const { anchors, recorded } = state;
  if (recorded?.signer === 'previous-anchor' && !isCopied(anchors, recorded)) {
    return `the signer signs with what another hand has put into the previous-anchor Secret; ${next}`;
  }
  // Until B is known nobody says that there is none: it may have come, and be unfit.
  if (anchors?.b === undefined) {
    return recorded?.signer === 'trust-anchor'
      ? `nothing pins the signer, and the anchor's Secret holds another one: the next renewal of the identity issuer comes out under that, which not every proxy knows; rotate on now`
      : `the signer stays pinned to the old anchor; ${next}`;
  }
  return `both anchors stay in the bundle, ${signerLeft(state)}; ${next}`;
}

function signerLeft({ recorded, observed, phases }: Left): string {
  if (recorded?.signer === 'bridge') return 'the issuer stays behind the bridge';
  if (recorded?.signer !== 'trust-anchor') return 'the signer stays pinned to the old one';
  const { issuer } = observed?.objects ?? {};
  const isSwitched = issuer !== undefined && issuerKind(issuer.under) === 'b';
  if (isKnownToAll(phases)) {
    return isSwitched
      ? 'the issuer stays under the new one, which every proxy knows'
      : 'and the next renewal of the identity issuer comes out under the new one, which every proxy knows';
  }
  return isSwitched
    ? 'but the issuer is under the new one already, which not every proxy knows, so rotate on now'
    : 'but nothing pins the signer: the next renewal of the identity issuer comes out under the new one, which not every proxy knows, so rotate on before it falls due (status.renewalTime of its Certificate)';
}

/** Whether every proxy holds both anchors: the plan has nothing left of what sees to that, nor a pin until then. */
function isKnownToAll(phases: Left['phases']): boolean {
  return phases.every(
    ({ phase, state }) => !spreading.has(phase) || (state === 'done' && phase !== 'PinningSigner'),
  );
}

const spreading: ReadonlySet<PhaseName> = new Set([
  'PinningSigner',
  'RenewingTrustAnchor',
  'PropagatingTrustRoots',
  'BridgingIdentityIssuer',
]);
