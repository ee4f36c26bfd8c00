import { mutate } from '../activity-profiles.ts';
import { change, passGate } from '../steps.ts';
import { adoptIssuer } from '../issuer-adoption.ts';
import { switchIssuer } from '../switch-issuer.ts';
import { refuseAbort } from '../ways-out.ts';
import type { Phase } from './phase.ts';

/** Bridge only: everyone holds B, so the issuer may stand under B alone and the bridge may go. */
export const releasingBridge: Phase = {
  name: 'ReleasingBridge',
  enter: async (rotation) => {
    await passGate(rotation, 'fleet-holds-new-only');
  },
  act: async (rotation) => {
    await switchIssuer(rotation, {
      to: 'trust-anchor',
      issuer: 'b',
      summaries: {
        point: 'point the signer at the new anchor',
        renew: 'renew the identity issuer without the bridge',
      },
    });
  },
  gate: async (rotation) => {
    await adoptIssuer(rotation, 'bridge-released');
    await change(rotation, () =>
      mutate('delete the bridge').removeBridge({ context: rotation.context }),
    );
  },
  abort: refuseAbort,
};
