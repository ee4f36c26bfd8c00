import { mutate } from '../activity-profiles.ts';
import { change, passGate, requireApproval } from '../steps.ts';
import { adoptIssuer } from '../issuer-adoption.ts';
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
    const pointed = await change(rotation, async () => {
      await passGate(rotation, 'fleet-holds-both');
      return mutate('unpin the signer: it signs with the new anchor').pointSigner({
        context: rotation.context,
        to: 'trust-anchor',
        issuer: 'b',
      });
    });
    rotation.accept(pointed.observed);
    const renewed = await change(rotation, () =>
      mutate('renew the identity issuer under the new anchor').renewIdentityIssuer({
        context: rotation.context,
        expect: 'b',
      }),
    );
    rotation.saw(renewed.observed);
  },
  gate: (rotation) => adoptIssuer(rotation, 'issuer-switched'),
  abort: swingBack,
};
