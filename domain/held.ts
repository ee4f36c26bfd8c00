import type { RotationState } from './rotation-state.ts';
import { issuerKind } from './trust.ts';

type Left = Pick<RotationState, 'anchors' | 'recorded' | 'observed' | 'phases'>;

/**
 * Where a rotation that holds leaves the mesh, for people. Safe to stay is what it is for, unless nothing
 * pins the signer: then it says until when.
 */
export function whereHeld(state: Left): string {
  const next = 'the next rotation goes on from here';
  if (state.anchors?.b === undefined) {
    return `the old anchor is the only one, and the signer stays pinned to it; ${next}`;
  }
  return `both anchors stay in the bundle, ${signerLeft(state)}; ${next}`;
}

function signerLeft({ recorded, observed, phases }: Left): string {
  if (recorded?.signer === 'bridge') return 'the issuer stays behind the bridge';
  if (recorded?.signer !== 'trust-anchor') return 'the signer stays pinned to the old one';
  const { issuer } = observed?.objects ?? {};
  if (issuer !== undefined && issuerKind(issuer.under) === 'b') {
    return 'the issuer stays under the new one, which every proxy knows';
  }
  const isKnown = phases.some(
    ({ phase, state }) => phase === 'PropagatingTrustRoots' && state === 'done',
  );
  return isKnown
    ? 'and the next renewal of the identity issuer comes out under the new one, which every proxy knows'
    : 'but nothing pins the signer: the next renewal of the identity issuer comes out under the new one, which not every proxy knows, so rotate on before it falls due (status.renewalTime of its Certificate)';
}
