import { setTimeout as delay } from 'node:timers/promises';

/** Time as an observation sees it; a test gives its own. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number;
  /** @throws the reason of `signal` when it is aborted meanwhile. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // The timer's own AbortError hides why the wait was cancelled.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
