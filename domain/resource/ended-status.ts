import type { Verdict } from './conditions.ts';
import { withVerdicts } from './conditions.ts';
import type { PastRotation } from './past-rotation.ts';
import type { ResourceStatus } from './resource-status.ts';
import { emptyStatus } from './resource-status.ts';
import { endPhase, endText } from './rotation-status.ts';

/** The mesh is not as one anchor alone leaves it, or not known to be. */
const unready: readonly string[] = ['held', 'failed', 'not-started'];

/** The status after a rotation of which nothing but its end is known. */
export function statusAfter(past: PastRotation): ResourceStatus {
  const { outcome, endedAt } = past;
  const message = past.reason ?? endText(outcome);
  const ready: Verdict = {
    type: 'Ready',
    status: unready.includes(outcome) ? 'False' : 'True',
    reason: endPhase(outcome),
    message,
  };
  return {
    ...emptyStatus,
    phase: endPhase(outcome),
    progress: message,
    rotations: [past],
    conditions: withVerdicts([], [ready], { iso: endedAt, generation: 0 }),
  };
}
