import type { Store } from '../../../simulator/cluster/store.ts';

/** Waits until a condition on the store holds. Throws after the time with what it waited for. */
export async function waitForStore(
  store: Store,
  options: { until: () => boolean; what: string; timeoutMs: number },
): Promise<void> {
  if (options.until()) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(
        new Error(
          `${options.what} did not happen within ${options.timeoutMs} ms; is its controller paused?`,
        ),
      );
    }, options.timeoutMs);
    const unsubscribe = store.subscribe(() => {
      if (!options.until()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    });
  });
}
