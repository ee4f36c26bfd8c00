import { mutate } from '../activity-profiles.ts';
import { change, passGate } from '../steps.ts';
import { unpin } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/**
 * Pins the signer to a copy of A, so that no renewal of the issuer can come out under B before its
 * time.
 */
export const pinningSigner: Phase = {
  name: 'PinningSigner',
  enter: nothing,
  act: async (rotation) => {
    const before = rotation.state.observed?.objects.previousAnchor;
    const pinned = await change(rotation, () =>
      mutate('pin the signer to a copy of the anchor in use').pinSigner({
        context: rotation.context,
      }),
    );
    rotation.saw(pinned.observed);
    // A copy over an older generation takes that out of the bundle, once trust-manager has seen it.
    const bundleFollows = pinned.observed.objects.previousAnchor !== before;
    rotation.accept(pinned.observed, { bundleFollows });
  },
  gate: async (rotation) => {
    await passGate(rotation, 'signer-pinned');
  },
  abort: unpin,
};
