import { createAnchorActivities } from './anchor.ts';
import { createBridgeActivities } from './bridge.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createIssuerActivities } from './issuer.ts';
import { createLeaseActivities } from './lease.ts';
import { createObservationActivities } from './observation.ts';
import { createProbeActivities } from './probes.ts';
import { createRestartActivities } from './restarts.ts';
import { createSignerActivities } from './signer.ts';
import { createStatusActivities } from './status.ts';
import { toFailure } from './to-failure.ts';

/** Everything a rotation may ask of one cluster. */
export function createRotationActivities(deps: ActivityDependencies): RotationActivities {
  return mapErrors({
    ...createObservationActivities(deps),
    ...createLeaseActivities(deps),
    ...createAnchorActivities(deps),
    ...createSignerActivities(deps),
    ...createBridgeActivities(deps),
    ...createIssuerActivities(deps),
    ...createProbeActivities(deps),
    ...createRestartActivities(deps),
    ...createStatusActivities(deps),
  });
}

/** No error of mesh/ leaves an activity as it is. */
function mapErrors(activities: RotationActivities): RotationActivities {
  const mapped = Object.entries(activities).map(([name, activity]) => {
    // Sound: each entry is called with the argument of its own name, which is passed through untouched.
    const call = activity as (input: unknown) => Promise<unknown>;
    return [
      name,
      async (input: unknown) => {
        try {
          return await call(input);
        } catch (error) {
          throw toFailure(error);
        }
      },
    ];
  });
  // Sound: the names and the types behind them are those of `activities`.
  return Object.fromEntries(mapped) as RotationActivities;
}
