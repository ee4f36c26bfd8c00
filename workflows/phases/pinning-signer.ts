import { isCopied } from '../../domain/anchors.ts';
import { issuerVerifiesUnder } from '../../domain/trust.ts';
import { mutateTrust } from '../activity-profiles.ts';
import { readyIdentity } from '../issuer-adoption.ts';
import { change, passGate } from '../steps.ts';
import { unpin } from '../ways-out.ts';
import type { Phase } from './phase.ts';

/**
 * Pins the signer to a copy of A, so that no renewal of the issuer can come out under B before its
 * time.
 */
export const pinningSigner: Phase = {
  name: 'PinningSigner',
  enter: async (rotation) => {
    // Where the issuer was switched by hand, the pin brings it back: identity must be known to take it.
    const isUnderA = rotation.state.observed?.objects.issuer.under.a === 'yes';
    if (!isUnderA) await readyIdentity(rotation, issuerVerifiesUnder.a);
  },
  act: async (rotation) => {
    const pinned = await change(rotation, () =>
      mutateTrust(
        'pin the signer to a copy of the anchor in use',
        rotation.request.timings,
      ).pinSigner({
        context: rotation.context,
      }),
    );
    rotation.saw(pinned.observed);
    const previousAnchor = rotation.context.survey.anchors.a.certificate.fingerprint;
    const { anchors, recorded } = rotation.state;
    const wasCopied = isCopied(anchors, recorded);
    rotation.did({ previousAnchor, signer: 'previous-anchor' });
    // A copy over an older generation takes that out of the bundle, once trust-manager has seen it.
    if (!wasCopied) rotation.bundleFollows();
  },
  gate: async (rotation) => {
    await passGate(rotation, 'signer-pinned');
  },
  abort: unpin,
};
