import type { PlanRotationResult } from '../../activities/contract.ts';
import { observe } from '../activity-profiles.ts';
import { look } from '../steps.ts';
import { leaveUnchanged } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/** Surveys the mesh, tells A from B, plans. A plan with blockers ends the rotation before it begins. */
export const preflight: Phase = {
  name: 'Preflight',
  enter: nothing,
  act: async (rotation) => {
    const { request } = rotation;
    const found = await look(rotation, () =>
      observe('survey the mesh and plan').planRotation({ request }),
    );
    rotation.adopt(found);
    if (found.alreadyRotated) {
      rotation.update({ condition: 'already-rotated' });
      return;
    }
    const reason = whyNotStarted(found, request.planHash);
    if (reason !== undefined) rotation.update({ condition: 'not-started', reason });
  },
  gate: nothing,
  abort: leaveUnchanged,
};

function whyNotStarted({ plan, planHash }: PlanRotationResult, seen: string): string | undefined {
  const [first] = plan.blockers;
  if (first !== undefined) {
    return `${String(plan.blockers.length)} blockers; ${first.what}: ${first.reason}`;
  }
  if (seen === '' || seen === planHash) return undefined;
  return `the plan has changed since it was agreed to (it was ${seen}, it is ${planHash}); look at the new one and start again`;
}
