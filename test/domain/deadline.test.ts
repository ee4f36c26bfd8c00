import assert from 'node:assert/strict';
import { hardDeadlineMs, neededUntilMs } from '../../domain/deadline.ts';

const bounds = { leafLifetimeMs: 1_000, marginMs: 500 };

describe('the time that a rotation has', () => {
  it('is enough where a bridge lasts until it is needed no more', () => {
    const nowMs = 100_000;
    const expectedDurationMs = 20_000;
    const bridgeNotAfterMs = neededUntilMs({ ...bounds, nowMs, expectedDurationMs });
    const ends = [1e9, bridgeNotAfterMs].map((ms) => new Date(ms).toISOString());
    const deadlineMs = hardDeadlineMs({ ...bounds, ends });
    assert.equal(deadlineMs, nowMs + expectedDurationMs);
  });
});
