import type { PhaseName } from '../../domain/phases.ts';
import { bridgingIdentityIssuer } from './bridging-identity-issuer.ts';
import type { Phase } from './phase.ts';
import { pinningSigner } from './pinning-signer.ts';
import { preflight } from './preflight.ts';
import { propagatingTrustRoots } from './propagating-trust-roots.ts';
import { releasingBridge } from './releasing-bridge.ts';
import { renewingIdentityIssuer } from './renewing-identity-issuer.ts';
import { renewingTrustAnchor } from './renewing-trust-anchor.ts';
import { replacingLeaves } from './replacing-leaves.ts';
import { retiringTrustAnchor } from './retiring-trust-anchor.ts';
import { verifying } from './verifying.ts';

export const allPhases: Readonly<Record<PhaseName, Phase>> = {
  Preflight: preflight,
  PinningSigner: pinningSigner,
  RenewingTrustAnchor: renewingTrustAnchor,
  PropagatingTrustRoots: propagatingTrustRoots,
  BridgingIdentityIssuer: bridgingIdentityIssuer,
  RenewingIdentityIssuer: renewingIdentityIssuer,
  ReplacingLeaves: replacingLeaves,
  RetiringTrustAnchor: retiringTrustAnchor,
  ReleasingBridge: releasingBridge,
  Verifying: verifying,
};
