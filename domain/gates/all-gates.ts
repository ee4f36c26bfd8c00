import { bundleHoldsBoth } from './bundle-holds-both.ts';
import { bundleHoldsNewOnly } from './bundle-holds-new-only.ts';
import { fleetAcceptsBridge } from './fleet-accepts-bridge.ts';
import { fleetHoldsBoth } from './fleet-holds-both.ts';
import { fleetHoldsNewOnly } from './fleet-holds-new-only.ts';
import type { Gate, GateName } from './gate.ts';
import { bridgeReleased, issuerBridged, issuerSwitched, issuerSwungBack } from './issuer-in-use.ts';
import { leavesUnderNewAnchor, leavesUnderOldAnchor } from './leaves-turned-over.ts';
import { signerPinned } from './signer-pinned.ts';

/** Every gate by its name: what an activity that is asked to watch one looks up. */
export const allGates: Readonly<Record<GateName, Gate>> = {
  'signer-pinned': signerPinned,
  'bundle-holds-both': bundleHoldsBoth,
  'fleet-holds-both': fleetHoldsBoth,
  'fleet-accepts-bridge': fleetAcceptsBridge,
  'issuer-bridged': issuerBridged,
  'issuer-switched': issuerSwitched,
  'issuer-swung-back': issuerSwungBack,
  'leaves-under-new-anchor': leavesUnderNewAnchor,
  'leaves-under-old-anchor': leavesUnderOldAnchor,
  'bundle-holds-new-only': bundleHoldsNewOnly,
  'fleet-holds-new-only': fleetHoldsNewOnly,
  'bridge-released': bridgeReleased,
};
