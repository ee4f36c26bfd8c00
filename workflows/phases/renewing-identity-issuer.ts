import { adoptIssuer } from '../issuer-adoption.ts';
import { requireApproval } from '../approval.ts';
import { passGate } from '../steps.ts';
import { switchIssuer } from '../switch-issuer.ts';
import { swingBack } from '../ways-out.ts';
import type { Phase } from './phase.ts';

/** Overlap only: everyone holds both anchors, so the issuer may go under B. */
export const renewingIdentityIssuer: Phase = {
  name: 'RenewingIdentityIssuer',
  enter: async (rotation) => {
    await passGate(rotation, 'fleet-holds-both');
  },
  act: async (rotation) => {
    await requireApproval(rotation, 'switch-issuer');
    await switchIssuer(rotation, {
      to: 'trust-anchor',
      issuer: 'b',
      gate: 'fleet-holds-both',
      summaries: {
        point: 'unpin the signer: it signs with the new anchor',
        renew: 'renew the identity issuer under the new anchor',
      },
    });
  },
  gate: (rotation) => adoptIssuer(rotation, 'issuer-switched'),
  abort: swingBack,
};
