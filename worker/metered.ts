import type { RotationActivities } from '../activities/contract.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';
import type { RotationMetrics } from './rotation-metrics.ts';

/** The same surveyor, whose surveys are timed. */
export function meteredSurveyor(
  surveyor: Surveyor,
  metrics: Pick<RotationMetrics, 'surveyed'>,
  clock: Clock,
): Surveyor {
  return {
    ...surveyor,
    survey: async (request, options) => {
      const startedMs = clock.nowMs();
      const survey = await surveyor.survey(request, options);
      metrics.surveyed(clock.nowMs() - startedMs);
      return survey;
    },
  };
}

/** The same activities, whose restarts are counted. */
export function meteredActivities(
  activities: RotationActivities,
  metrics: Pick<RotationMetrics, 'restarted'>,
): RotationActivities {
  return {
    ...activities,
    restartWave: async (input) => {
      const result = await activities.restartWave(input);
      for (const workload of result.restarted) metrics.restarted(kindOf(workload), 'up');
      for (const { what } of result.stuck) metrics.restarted(kindOf(what), 'stuck');
      // Of those the wave gives no more than their number.
      const { unnamed } = result;
      if (unnamed !== undefined) metrics.restarted('unnamed', 'stuck', unnamed);
      return result;
    },
  };
}

/** Of `Deployment shop/web`, as reports name workloads. */
function kindOf(workload: string): string {
  return workload.split(' ', 1).join('');
}
