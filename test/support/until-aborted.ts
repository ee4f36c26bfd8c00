import { once } from 'node:events';

/** Does nothing for as long as it may. @throws the reason of the signal */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}
