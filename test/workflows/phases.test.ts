import assert from 'node:assert/strict';
import type { AbortAction, PhaseName } from '../../domain/phases.ts';
import { phases } from '../../domain/phases.ts';
import { allPhases } from '../../workflows/phases/all-phases.ts';
import type { Phase } from '../../workflows/phases/phase.ts';
import { hold, leaveUnchanged, refuseAbort, swingBack, unpin } from '../../workflows/ways-out.ts';

const waysOut: Readonly<Record<AbortAction, Phase['abort']>> = {
  nothing: leaveUnchanged,
  unpin,
  hold,
  'swing-back': swingBack,
  'forward-only': refuseAbort,
};

describe('every phase', () => {
  for (const [key, phase] of Object.entries(allPhases)) {
    it(`${key} bears its own name and is left by the way that the runbook says`, () => {
      assert.equal(phase.name, key);
      // Sound: the record's keys are the names of phases.
      assert.equal(phase.abort, waysOut[phases[key as PhaseName].abort]);
    });
  }

  it('of the runbook has its module', () => {
    assert.deepEqual(Object.keys(allPhases).toSorted(), Object.keys(phases).toSorted());
  });
});
