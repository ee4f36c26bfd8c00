import { once } from 'node:events';

/** Does nothing for as long as it may. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
