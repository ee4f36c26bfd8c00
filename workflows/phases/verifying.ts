import type { RetirementProof } from '../../activities/contract.ts';
import { isoNow } from '../clock.ts';
import { mutate, observe, probesMs } from '../activity-profiles.ts';
import { refusalPauseMs } from '../limits.ts';
import { change, look, passGate } from '../steps.ts';
import { unfreeze } from '../unfreeze.ts';
import { refuseAbort } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/** Proves on every live proxy that A is gone, and puts every setting back to what the guide says. */
export const verifying: Phase = {
  name: 'Verifying',
  enter: nothing,
  act: async (rotation) => {
    for (let tries = 1; ; tries += 1) {
      const proof = await look(rotation, () =>
        observe(
          'ask every proxy for the proof',
          probesMs(rotation.request.timings),
        ).proveRetirement({
          context: rotation.boundContext,
        }),
      );
      rotation.saw(proof.observed);
      rotation.update({ gate: proof.report });
      if (proof.report.passed) {
        rotation.note(proofTexts[proof.by](isoNow()));
        return;
      }
      await passGate(rotation, 'fleet-holds-new-only');
      // The gate may rest on what was heard just now, and each try asks the whole fleet.
      const pauseMs = refusalPauseMs(tries, rotation.request.timings.pollMs);
      await rotation.interruptions.untilPersonOr(() => false, pauseMs);
    }
  },
  gate: async (rotation) => {
    const { context } = rotation;
    await change(rotation, () => mutate('remove the probes').removeProbes({ context }));
    await unfreeze(rotation);
  },
  abort: refuseAbort,
};

const proofTexts: Readonly<Record<RetirementProof['by'], (at: string) => string>> = {
  probe: (at) => `proved on every live proxy at ${at} that the old anchor is gone`,
  start: (at) =>
    `seen at ${at} that every live proxy was started without the old anchor; no key was left to sign a probe under it, so none could be asked to refuse it`,
};
