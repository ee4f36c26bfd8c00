import type { GateReport } from '../domain/gates/gate.ts';
import { eventsOf } from '../domain/resource/resource-events.ts';
import { statusOfRotation, withGateReport } from '../domain/resource/rotation-status.ts';
import type { RotationSight } from '../domain/resource/rotation-status.ts';
import type { StatusChange } from '../mesh/resource/status-publisher.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies, ResourceTelling } from './dependencies.ts';

/** Telling the TrustAnchorRotation: handed over here, written in the background. */
export function createStatusActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'publishStatus'> {
  return {
    publishStatus: async (sight) => {
      const { resource } = deps;
      resource?.publisher.publish(
        'rotation',
        rotationChange(deps, resource, sight),
        eventsOf(sight),
      );
      return Promise.resolve();
    },
  };
}

/** The counts of a gate while it is watched: the workflow learns of them much later. */
export function tellGate({ resource }: ActivityDependencies, report: GateReport): void {
  resource?.publisher.publish('gate', ({ status }) => withGateReport(status, report));
}

/** How a rotation, as its workflow tells of it, changes the status. */
export function rotationChange(
  { clock }: Pick<ActivityDependencies, 'clock'>,
  { pageOf }: Pick<ResourceTelling, 'pageOf'>,
  sight: RotationSight,
): StatusChange {
  const webUi = pageOf(sight.workflowId);
  return ({ status, spec, generation }) =>
    statusOfRotation(status, sight, {
      generation,
      warnBeforeExpiryMs: spec.warnBeforeExpiryMs,
      nowMs: clock.nowMs(),
      ...(webUi === undefined ? {} : { webUi }),
    });
}
