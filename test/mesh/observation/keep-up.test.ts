import assert from 'node:assert/strict';
import type { Clock } from '../../../mesh/observation/clock.ts';
import { keepUp } from '../../../mesh/observation/keep-up.ts';

const pollMs = 1_000;

/** Surveys that take so long, one after the other; the signal is aborted after the last rest. */
async function restsBetween(tookMs: readonly number[]): Promise<readonly number[]> {
  const over = new AbortController();
  const slept: number[] = [];
  const surveys = [...tookMs];
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      slept.push(ms);
      nowMs += ms;
      if (surveys.length === 0) over.abort(new Error('the work is over'));
      signal?.throwIfAborted();
    },
  };
  const kept = keepUp(
    async () => {
      nowMs += surveys.shift() ?? 0;
    },
    { clock, pollMs, signal: over.signal },
  );
  await assert.rejects(kept, /the work is over/);
  return slept;
}

describe('keeping up with proxies that are replaced', () => {
  it('surveys until it is told that the work is over', async () => {
    assert.deepEqual(await restsBetween([100, 200, 300]), [pollMs, pollMs, pollMs, pollMs]);
  });

  it('rests for longer than a survey takes, so that the API server is not kept busy', async () => {
    assert.deepEqual(await restsBetween([4_000, 100]), [pollMs, 8_000, pollMs]);
  });

  it('ends with the error of a survey', async () => {
    const clock: Clock = { nowMs: () => 0, sleep: async () => undefined };
    const { signal } = new AbortController();
    const refused = async (): Promise<never> => {
      throw new Error('no right to list pods');
    };
    await assert.rejects(keepUp(refused, { clock, pollMs, signal }), /no right to list pods/);
  });
});
