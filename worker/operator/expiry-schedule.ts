import type { Client, ScheduleOptionsAction } from '@temporalio/client';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { ExpiryCheck } from '../../domain/expiry/expiry-check.ts';
import { expiryCheckId, expiryScheduleId } from '../../domain/expiry/expiry-check.ts';
import { rotationTaskQueue } from '../../domain/rotation-request.ts';

/** The daily look at the time that is left. */
export interface WantedSchedule {
  readonly check: ExpiryCheck;
  readonly isPaused: boolean;
}

const every = '1 day';

/** Makes the cluster's Schedule what is wanted; `undefined` takes it away. Idempotent. */
export async function keepExpirySchedule(
  client: Client,
  cluster: string,
  wanted: WantedSchedule | undefined,
): Promise<void> {
  const scheduleId = expiryScheduleId(cluster);
  const handle = client.schedule.getHandle(scheduleId);
  if (wanted === undefined) {
    await handle.delete().catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
    return;
  }
  const { check, isPaused: paused } = wanted;
  const spec = { intervals: [{ every }] };
  const action: ScheduleOptionsAction = {
    type: 'startWorkflow',
    workflowType: 'checkTrustExpiry',
    workflowId: expiryCheckId(cluster),
    taskQueue: rotationTaskQueue(cluster),
    args: [check],
  };
  // A check that was missed is of no use later: the next one sees the same anchor.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' } as const;
  try {
    await client.schedule.create({ scheduleId, spec, action, policies, state: { paused } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update(({ state }) => ({ spec, action, policies, state: { ...state, paused } }));
  }
}
