import { setTimeout as delay } from 'node:timers/promises';
import { patienceMs } from './patience.ts';

export interface WaitOptions {
  /** Named in the error, for example `the proxy to refuse the old anchor`. */
  readonly what: string;
  /** `patienceMs` when absent. */
  readonly timeoutMs?: number;
  /** 25 ms when absent. */
  readonly intervalMs?: number;
}

type Falsy = false | 0 | '' | null | undefined;

/**
 * Asks `condition` until it answers with something true and returns that. An error thrown by
 * `condition` counts as "not yet": it becomes the cause when time runs out.
 *
 * @throws {Error} naming `what`, when the time has run out
 */
export async function waitFor<Answer>(
  condition: () => Answer | Promise<Answer>,
  { what, timeoutMs = patienceMs, intervalMs = 25 }: WaitOptions,
): Promise<Exclude<Answer, Falsy>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let lastError: unknown;
    try {
      const answer = await condition();
      // TypeScript does not narrow a type parameter by truth; the test is what Exclude says.
      if (answer) return answer as Exclude<Answer, Falsy>;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadlineMs) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: lastError });
    }
    await delay(intervalMs);
  }
}
