import { CancellationScope, condition, log, proxyLocalActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/contract.ts';
import type { Rotation } from './rotation.ts';
import { sightOf } from './sight.ts';

/** It hands the state over and does not wait for the API server; one event of the history each. */
const { publishStatus } = proxyLocalActivities<Pick<RotationActivities, 'publishStatus'>>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});

/** Tells the resource in the cluster of every change, until it is told to stop. */
export interface StatusPublication {
  /** Ends when the last change has been handed over. */
  stop(): Promise<void>;
}

export function publishChanges(rotation: Rotation): StatusPublication {
  let isStopping = false;
  let told = 0;
  // Neither a cancelled workflow nor an abort must keep the last state from being told.
  const running = CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => rotation.changes > told || isStopping);
      if (rotation.changes === told) return;
      told = rotation.changes;
      await tell(rotation);
    }
  });
  return {
    stop: () => {
      isStopping = true;
      return running;
    },
  };
}

/** No rotation fails because nobody could be told of it; the next change is told again. */
async function tell(rotation: Rotation): Promise<void> {
  try {
    await publishStatus(sightOf(rotation));
  } catch (error) {
    log.warn('the resource was not told how the rotation stands', { reason: String(error) });
  }
}
