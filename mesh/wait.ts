import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, ThrottledError } from './kubernetes/errors.ts';

/** cert-manager and trust-manager answer within a tenth of a second; after some looks patience is cheaper. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** How long to wait for others, and who wants to know meanwhile. */
export interface WaitOptions {
  /** Unix milliseconds after which waiting ends with a DeadlineError. */
  readonly deadlineMs: number;
  /** Aborted: waiting ends with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each look with what is being waited for; an activity heartbeats here. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** One look: either what was waited for, or what is still missing, in words. */
export type Look<T> =
  { readonly done: true; readonly value: T } | { readonly done: false; readonly progress: string };

/** The deadline passed. `lastSeen` is what was missing at the last look. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly lastSeen: string;

  constructor(what: string, lastSeen: string) {
    super(
      `Waited in vain for ${what}: ${lastSeen}. Next step: clear what it waits for, then retry.`,
    );
    this.lastSeen = lastSeen;
  }
}

/**
 * Looks until something is there. Faults of the API server that may pass are waited through like
 * everything else; any other error ends the wait.
 */
export async function waitFor<T>(
  what: string,
  options: WaitOptions,
  look: () => Promise<Look<T>>,
): Promise<T> {
  let pauseMs = firstPauseMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen: Look<T> & { pauseMs?: number } = await look().catch(passingFault);
    if (seen.done) return seen.value;
    options.onProgress?.(seen.progress);
    const leftMs = options.deadlineMs - Date.now();
    if (leftMs <= 0) throw new DeadlineError(what, seen.progress);
    await pause(Math.min(leftMs, Math.max(pauseMs, seen.pauseMs ?? 0)), options.signal);
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
  }
}

function passingFault(error: unknown): {
  readonly done: false;
  readonly progress: string;
  readonly pauseMs?: number;
} {
  if (!isRetryable(error) || !(error instanceof Error)) throw error;
  const pauseMs = error instanceof ThrottledError ? error.retryAfterMs : undefined;
  return { done: false, progress: error.message, ...(pauseMs === undefined ? {} : { pauseMs }) };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // The timer's own AbortError hides why the wait was cancelled.
    signal?.throwIfAborted();
    throw error;
  }
}
