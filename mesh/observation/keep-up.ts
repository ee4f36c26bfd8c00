import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Log } from './log.ts';

/** Rest for each unit of time that a survey took: what comes up meanwhile must not wait for the API server. */
const restPerWork = 2;

/**
 * Surveys again and again until the signal is aborted. It concludes nothing: the evidence that stays
 * behind is what the next survey need not ask for. One that fails is told in the log and tried again;
 * whoever relies on a survey takes one of their own.
 */
export async function keepUp(
  survey: () => Promise<unknown>,
  options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly pollMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, log, pollMs, signal } = options;
  let restMs = pollMs;
  while (await rested(clock, restMs, signal)) {
    const startedMs = clock.nowMs();
    try {
      await survey();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: messageOf(error) }, 'new proxies could not be asked while others start');
    }
    restMs = Math.max(pollMs, restPerWork * (clock.nowMs() - startedMs));
  }
}

/** Whether the rest was not cut short. */
async function rested(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
