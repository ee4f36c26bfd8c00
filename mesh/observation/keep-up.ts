import type { Clock } from './clock.ts';

/** Rest for each unit of time that a survey took: what comes up meanwhile must not wait for the API server. */
const restPerWork = 2;

/**
 * Surveys again and again until the signal is aborted. It concludes nothing: the evidence that stays
 * behind is what the next survey need not ask for.
 * @throws what a survey throws; the reason of the signal
 */
export async function keepUp(
  survey: () => Promise<unknown>,
  options: { readonly clock: Clock; readonly pollMs: number; readonly signal: AbortSignal },
): Promise<never> {
  const { clock, pollMs, signal } = options;
  for (let restMs = pollMs; ;) {
    await clock.sleep(restMs, signal);
    const startedMs = clock.nowMs();
    await survey();
    restMs = Math.max(pollMs, restPerWork * (clock.nowMs() - startedMs));
  }
}
