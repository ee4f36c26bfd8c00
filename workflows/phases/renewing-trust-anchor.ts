import { importsAnchor } from '../../domain/sources.ts';
import { mutateTrust } from '../activity-profiles.ts';
import { awaitImport } from '../await-import.ts';
import type { Rotation } from '../rotation.ts';
import { change, passGate } from '../steps.ts';
import { hold } from '../ways-out.ts';
import { bringIntoBundle } from '../write-bundle.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/**
 * Renews the anchor Certificate as `cmctl renew` does, or takes over what its owner has handed in, and
 * has {A,B} in the bundle once B is fit.
 */
export const renewingTrustAnchor: Phase = {
  name: 'RenewingTrustAnchor',
  enter: nothing,
  act: async (rotation) => {
    const { anchors } = rotation.state;
    if (importsAnchor(rotation.request)) {
      await awaitImport(rotation, (report) => ({
        kind: 'anchor',
        context: rotation.context,
        ...report,
      }));
    }
    const renewed = await change(rotation, () =>
      mutateTrust(summaryOf(rotation), rotation.request.timings).renewTrustAnchor({
        context: rotation.context,
      }),
    );
    if (anchors !== undefined) rotation.knowSuccessor({ a: anchors.a, b: renewed.anchor });
    rotation.saw(renewed.observed);
    rotation.did({ trustAnchor: renewed.anchor.certificate.fingerprint });
    rotation.bundleFollows();
    await bringIntoBundle(rotation, 'both anchors');
  },
  gate: async (rotation) => {
    await passGate(rotation, 'bundle-holds-both');
    rotation.bundleHasFollowed();
  },
  abort: hold,
};

function summaryOf({ request }: Rotation): string {
  return importsAnchor(request) ? 'take over the handed-in trust anchor' : 'renew the trust anchor';
}
