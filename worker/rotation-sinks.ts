import type { InjectedSinks } from '@temporalio/worker';
import type { ResourceTelling } from '../activities/dependencies.ts';
import { tellExpiry, tellRotation } from '../activities/status.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { RotationSinks } from '../workflows/status-publication.ts';

/** Where rotations hand over how they stand, and checks of expiry what they have found; without a resource to tell nothing is done with it. */
export function rotationSinks(parts: {
  readonly clock: Clock;
  readonly resource?: ResourceTelling;
}): InjectedSinks<RotationSinks> {
  const { clock, resource } = parts;
  return {
    resource: {
      publish: {
        fn: (_info, sight) => {
          if (resource !== undefined) tellRotation({ clock, resource }, sight);
        },
        callDuringReplay: false,
      },
      publishExpiry: {
        fn: (_info, sight) => {
          if (resource !== undefined) tellExpiry({ clock, resource }, sight);
        },
        callDuringReplay: false,
      },
    },
  };
}
