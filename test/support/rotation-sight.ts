import type { RotationSight, StatusSurroundings } from '../../domain/resource/rotation-status.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import { ago, anchors, nowMs, request, statusOf } from '../client/fixtures.ts';

/** A rotation as its workflow tells of it, for tests of what the resource gets to show. */
export function sightWith(
  state: Partial<RotationState> = {},
  more: Partial<RotationSight> = {},
): RotationSight {
  return {
    state: statusOf({ anchors, ...state }).state,
    request,
    workflowId: 'trust-rotation/uid-of-kube-system',
    runId: 'run-1',
    startedAt: ago(600),
    at: ago(0),
    ...more,
  };
}

export const around: StatusSurroundings = {
  generation: 3,
  warnBeforeExpiryMs: 86_400_000,
  nowMs,
};
