import { mutate } from '../activity-profiles.ts';
import { change, passGate } from '../steps.ts';
import { adoptIssuer } from '../issuer-adoption.ts';
import { refuseAbort } from '../ways-out.ts';
import type { Phase } from './phase.ts';

/** Bridge only: everyone holds B, so the issuer may stand under B alone and the bridge may go. */
export const releasingBridge: Phase = {
  name: 'ReleasingBridge',
  enter: async (rotation) => {
    await passGate(rotation, 'fleet-holds-new-only');
  },
  act: async (rotation) => {
    const pointed = await change(rotation, () =>
      mutate('point the signer at the new anchor').pointSigner({
        context: rotation.context,
        to: 'trust-anchor',
        issuer: 'b',
      }),
    );
    rotation.accept(pointed.observed);
    const renewed = await change(rotation, () =>
      mutate('renew the identity issuer without the bridge').renewIdentityIssuer({
        context: rotation.context,
        expect: 'b',
      }),
    );
    rotation.saw(renewed.observed);
  },
  gate: async (rotation) => {
    await adoptIssuer(rotation, 'bridge-released');
    await change(rotation, () =>
      mutate('delete the bridge').removeBridge({ context: rotation.context }),
    );
  },
  abort: refuseAbort,
};
