import assert from 'node:assert/strict';
import fc from 'fast-check';
import { refusalPauseMs, reportIntervalMs } from '../../workflows/limits.ts';

describe('reportIntervalMs', () => {
  it('doubles from ten seconds to an hour', () => {
    assert.deepEqual(
      [0, 1, 2, 8, 9, 100].map(reportIntervalMs),
      [10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000],
    );
  });
});

describe('refusalPauseMs', () => {
  it('never shrinks and never exceeds a minute', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: 1, max: 60_000 }), (refusals, pollMs) => {
        const pause = refusalPauseMs(refusals, pollMs);
        assert.ok(pause <= refusalPauseMs(refusals + 1, pollMs));
        assert.ok(pause <= 60_000);
      }),
    );
  });
});
