import assert from 'node:assert/strict';
import { pastRotation } from '../../../domain/resource/past-rotation.ts';
import { newRotationState, reportOf } from '../../../domain/rotation-state.ts';
import { ago } from '../../client/fixtures.ts';

describe('a rotation that is over', () => {
  const run = { runId: 'first', requestedBy: 'ada', startedAt: ago(60), endedAt: ago(0) };

  it('began with its first phase, however late the latest of its runs began', () => {
    const state = newRotationState([]);
    const preflight = { phase: 'Preflight', state: 'done', startedAt: ago(7_200) } as const;
    const report = reportOf({ ...state, phases: [preflight] }, 'completed');

    const { startedAt, durationSeconds } = pastRotation(report, run);

    assert.deepEqual(
      { startedAt, durationSeconds },
      { startedAt: ago(7_200), durationSeconds: 7_200 },
    );
  });

  it('began with its run where it came to no phase', () => {
    const report = reportOf(newRotationState([]), 'not-started');

    assert.equal(pastRotation(report, run).durationSeconds, 60);
  });
});
