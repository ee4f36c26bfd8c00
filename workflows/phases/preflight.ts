import { observe } from '../activity-profiles.ts';
import { change } from '../steps.ts';
import { leaveUnchanged } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/** Surveys the mesh, tells A from B, plans. A plan with blockers ends the rotation before it begins. */
export const preflight: Phase = {
  name: 'Preflight',
  enter: nothing,
  act: async (rotation) => {
    const { request } = rotation;
    const found = await change(rotation, () =>
      observe('survey the mesh and plan').planRotation({ request }),
    );
    rotation.adopt(found);
    if (found.alreadyRotated) rotation.update({ condition: 'already-rotated' });
    else if (found.plan.blockers.length > 0) {
      const [first] = found.plan.blockers;
      rotation.update({
        condition: 'not-started',
        reason: `${String(found.plan.blockers.length)} blockers; ${first?.what ?? ''}: ${first?.reason ?? ''}`,
      });
    }
  },
  gate: nothing,
  abort: leaveUnchanged,
};
