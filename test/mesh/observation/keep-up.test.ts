import assert from 'node:assert/strict';
import type { Clock } from '../../../mesh/observation/clock.ts';
import { keepUp } from '../../../mesh/observation/keep-up.ts';

const pollMs = 1_000;

/** Surveys one after the other, each told how to pass its time; aborted in the rest after the last. */
async function keptUp(surveys: readonly ((spend: (ms: number) => void) => void)[]): Promise<{
  readonly slept: readonly number[];
  readonly warnings: readonly unknown[];
}> {
  const over = new AbortController();
  const slept: number[] = [];
  const warnings: unknown[] = [];
  const left = [...surveys];
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      slept.push(ms);
      nowMs += ms;
      if (left.length === 0) over.abort(new Error('the work is over'));
      signal?.throwIfAborted();
    },
  };
  await keepUp(
    async () => {
      left.shift()?.((ms) => {
        nowMs += ms;
      });
    },
    {
      clock,
      log: { info: () => undefined, warn: (fields) => warnings.push(fields) },
      pollMs,
      signal: over.signal,
    },
  );
  return { slept, warnings };
}

describe('keeping up with proxies that are replaced', () => {
  it('surveys until it is told that the work is over', async () => {
    const quick = (spend: (ms: number) => void): void => spend(100);
    const { slept } = await keptUp([quick, quick, quick]);
    assert.deepEqual(slept, [pollMs, pollMs, pollMs, pollMs]);
  });

  it('rests for longer than a survey takes, so that the API server is not kept busy', async () => {
    const { slept } = await keptUp([(spend) => spend(4_000), (spend) => spend(100)]);
    assert.deepEqual(slept, [pollMs, 8_000, pollMs]);
  });

  it('goes on after a survey that fails, and tells of it', async () => {
    const failing = (): never => {
      throw new Error('the API server starts anew');
    };
    const { slept, warnings } = await keptUp([failing, () => undefined]);
    assert.equal(slept.length, 3);
    assert.deepEqual(warnings, [{ error: 'the API server starts anew' }]);
  });
});
