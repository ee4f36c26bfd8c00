import type { GateReport } from '../domain/gates/gate.ts';
import { eventsOf } from '../domain/resource/resource-events.ts';
import { statusOfRotation, withGateReport } from '../domain/resource/rotation-status.ts';
import type { RotationSight, StatusSurroundings } from '../domain/resource/rotation-status.ts';
import { expiryEvents, statusAfterCheck } from '../domain/resource/runway-status.ts';
import type { ExpirySight } from '../domain/resource/runway-status.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { StatusChange } from '../mesh/resource/status-publisher.ts';
import type { ActivityDependencies, ResourceTelling } from './dependencies.ts';

/** Tells the resource how a rotation stands: handed over here, written in the background. */
export function tellRotation(
  parts: { readonly clock: Clock; readonly resource: ResourceTelling },
  sight: RotationSight,
): void {
  const { publisher } = parts.resource;
  publisher.publish('rotation', rotationChange(parts, parts.resource, sight), eventsOf(sight));
}

/** Tells the resource what a check of expiry has found. */
export function tellExpiry(
  { clock, resource }: { readonly clock: Clock; readonly resource: ResourceTelling },
  sight: ExpirySight,
): void {
  const change: StatusChange = (written) =>
    statusAfterCheck(written.status, sight, surroundings(clock, written));
  resource.publisher.publish('expiry', change, expiryEvents(sight));
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
  return (written) =>
    statusOfRotation(written.status, sight, {
      ...surroundings(clock, written),
      ...(webUi === undefined ? {} : { webUi }),
    });
}

function surroundings(
  clock: Clock,
  { spec, generation }: Parameters<StatusChange>[0],
): StatusSurroundings {
  const { warnBeforeExpiryMs } = spec;
  return { generation, warnBeforeExpiryMs, nowMs: clock.nowMs() };
}
