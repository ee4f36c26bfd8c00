import { ProbeKeyMissingError } from '../mesh/observation/probe-issuance.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { progressOptions, withHeartbeat } from './progress.ts';

/** The certificates that proxies are asked with. Surveys make them as they need them. */
export function createProbeActivities({
  surveyor,
}: ActivityDependencies): Pick<RotationActivities, 'keepRetirementProof' | 'removeProbes'> {
  return {
    keepRetirementProof: ({ context, until }) =>
      withHeartbeat({ text: 'keeping a probe under the old anchor' }, async (beat) => {
        const options = progressOptions(beat);
        try {
          await surveyor.keepProofProbe(context.survey, Date.parse(until), options);
        } catch (error) {
          // Without A's key the proof is what every proxy was started with: see `RetirementProof`.
          if (!(error instanceof ProbeKeyMissingError)) throw error;
        }
      }),
    removeProbes: ({ context }) =>
      withHeartbeat({ text: 'removing the probes' }, () =>
        surveyor.removeProbes(context.survey.objects),
      ),
  };
}
