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
        await surveyor.keepProofProbe(context.survey, Date.parse(until), options);
      }),
    removeProbes: async ({ context }) => {
      await surveyor.removeProbes(context.survey.objects);
    },
  };
}
