import { createAnchorActivities } from './anchor.ts';
import { createBridgeActivities } from './bridge.ts';
import { createBundleActivities } from './bundle.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createImportActivities } from './imports.ts';
import { createIssuerActivities } from './issuer.ts';
import { createLeaseActivities } from './lease.ts';
import { mapErrors } from './map-errors.ts';
import { createObservationActivities } from './observation.ts';
import { createProbeActivities } from './probes.ts';
import { createRestartActivities } from './restarts.ts';
import { createSignerActivities } from './signer.ts';

/** Everything a rotation may ask of one cluster. */
export function createRotationActivities(deps: ActivityDependencies): RotationActivities {
  return mapErrors<RotationActivities>({
    ...createObservationActivities(deps),
    ...createLeaseActivities(deps),
    ...createAnchorActivities(deps),
    ...createSignerActivities(deps),
    ...createBundleActivities(deps),
    ...createBridgeActivities(deps),
    ...createImportActivities(deps),
    ...createIssuerActivities(deps),
    ...createProbeActivities(deps),
    ...createRestartActivities(deps),
  });
}
