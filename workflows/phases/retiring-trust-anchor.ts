import { mutateTrust } from '../activity-profiles.ts';
import type { Rotation } from '../rotation.ts';
import { requireApproval, stopAfterDeadline } from '../approval.ts';
import { change, passGate, restartPass } from '../steps.ts';
import { swingBack } from '../ways-out.ts';
import { bringIntoBundle } from '../write-bundle.ts';
import type { Phase } from './phase.ts';

/**
 * Takes A out: previous-anchor becomes a copy of B, so the bundle holds B alone and A's key is gone
 * from the cluster; then verifiers are renewed by the pace until none holds A (G3).
 */
export const retiringTrustAnchor: Phase = {
  name: 'RetiringTrustAnchor',
  enter: async (rotation) => {
    if (rotation.isRetired) return;
    await change(rotation, () =>
      mutateTrust(
        'keep a probe under the old anchor for the proof',
        rotation.request.timings,
      ).keepRetirementProof({
        context: rotation.boundContext,
        until: endOfOldAnchor(rotation),
      }),
    );
    await requireApproval(rotation, 'retire-anchor', 'resume');
  },
  act: async (rotation) => {
    if (!rotation.isRetired) {
      // Who has dealt with the deadline when the approval was asked for is not asked again.
      let isSettled = Date.now() >= Date.parse(rotation.hardDeadline);
      const retired = await change(rotation, async () => {
        await passGate(rotation, 'leaves-under-new-anchor', { heal: true });
        // The gate may have taken long.
        isSettled ||= await stopAfterDeadline(rotation, 'resume');
        return mutateTrust(
          'copy the new anchor over the previous one',
          rotation.request.timings,
        ).retireTrustAnchor({
          context: rotation.boundContext,
        });
      });
      rotation.saw(retired.observed);
      rotation.did({ previousAnchor: fingerprintOfSuccessor(rotation) });
      rotation.bundleFollows();
    }
    await bringIntoBundle(rotation, 'the new anchor alone');
    await passGate(rotation, 'bundle-holds-new-only');
    rotation.bundleHasFollowed();
    await letGoOfOldAnchor(rotation);
  },
  gate: async (rotation) => {
    await passGate(rotation, 'fleet-holds-new-only');
  },
  abort: swingBack,
};

function fingerprintOfSuccessor({ boundContext }: Rotation): string {
  return boundContext.survey.anchors.b.certificate.fingerprint;
}

/** Proxies may be asked to refuse A until nobody accepts it any more: restarts go on after the deadline. */
function endOfOldAnchor({ boundContext, state }: Rotation): string {
  const { notAfter } = boundContext.survey.anchors.a.certificate;
  const signerEnds = state.plan?.anchors.a.intermediateNotAfter ?? notAfter;
  return Date.parse(signerEnds) < Date.parse(notAfter) ? signerEnds : notAfter;
}

/** At pace natural deploys carry the new bundle; what they left behind is restarted at the deadline. */
async function letGoOfOldAnchor(rotation: Rotation): Promise<void> {
  const { pace, timings } = rotation.request;
  if (pace === 'natural') {
    const done = await passGate(rotation, 'fleet-holds-new-only', {
      giveUpAfterMs: timings.naturalChurnMs,
      giveUpAt: rotation.hardDeadline,
      expectedMs: timings.naturalChurnMs,
      giveUpWhen: () => rotation.request.pace !== 'natural',
    });
    if (done) return;
    rotation.note(
      'the time for ordinary deploys is over; workloads that still hold A are restarted',
    );
  }
  await restartPass(rotation, 'new-only', { kind: 'hold', wanted: { a: 'no', b: 'yes' } });
  // What it is waited for from here on has nothing to do with how long deploys were waited for.
  rotation.endWatch('fleet-holds-new-only');
}
