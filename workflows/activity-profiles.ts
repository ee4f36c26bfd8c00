import type { ActivityInterfaceFor, RetryPolicy } from '@temporalio/workflow';
import { ActivityCancellationType, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/contract.ts';
import type { Timings } from '../domain/rotation-request.ts';

/** A worker that dies is noticed after this long without a heartbeat. */
const heartbeatTimeout = '10s';
/** For the surveys before and after a change, of large meshes too. */
const surveysMs = 1_800_000;
/** For one observation, which may watch for long. */
const observationMs = 7_200_000;

/**
 * Changes to the cluster: they run to their end once begun, so that the rotation always knows what it
 * has done. A failure that retries do not cure comes back to the rotation, which then waits for a
 * person. `summary` is what the Web UI shows for it; `waitMs` is how long the request lets it wait.
 */
export function mutate<Activities extends object = RotationActivities>(
  summary: string,
  waitMs = 0,
): ActivityInterfaceFor<Activities> {
  return change({ summary, waitMs, retry: { ...changePauses, maximumAttempts: 8 } });
}

const changePauses = { initialInterval: '1s', maximumInterval: '20s' } as const;

/**
 * The Lease is given back at the very end, where no person is asked any more: one that was kept would keep
 * everything out until somebody deletes it.
 */
export function giveBack(): ActivityInterfaceFor<Pick<RotationActivities, 'releaseLease'>> {
  return change({ summary: 'give the Lease back', waitMs: 0, retry: changePauses });
}

function change<Activities extends object>({
  summary,
  waitMs,
  retry,
}: {
  readonly summary: string;
  readonly waitMs: number;
  readonly retry: RetryPolicy;
}): ActivityInterfaceFor<Activities> {
  const activities = proxyActivities<Activities>({
    summary,
    startToCloseTimeout: surveysMs + waitMs,
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry,
  });
  return new Proxy(activities, {
    get: (target, name) => {
      // Sound: every property of such a proxy is an activity, called with one argument.
      const activity = Reflect.get(target, name) as (input: unknown) => Promise<unknown>;
      return (input: unknown) => CancellationScope.nonCancellable(() => activity(input));
    },
  });
}

/**
 * Changes to who signs and what is trusted. The surveys before and after may each have probes issued, and
 * a signer is waited for until it is Ready and until a trial has come out.
 */
export function mutateTrust<Activities extends object = RotationActivities>(
  summary: string,
  timings: Timings,
): ActivityInterfaceFor<Activities> {
  return mutate(summary, 2 * probesMs(timings) + 2 * timings.issuanceTimeoutMs);
}

/** A wave waits until mounted copies of the bundle are fresh, and then until its workloads are up. */
export function restart(
  summary: string,
  timings: Timings,
): ActivityInterfaceFor<RotationActivities> {
  return mutate(summary, probesMs(timings) + timings.settleMs + timings.rolloutTimeoutMs);
}

/** How long the request lets a survey wait for the probes that it has issued. */
export function probesMs({ issuanceTimeoutMs, certificateAgeMs }: Timings): number {
  return issuanceTimeoutMs + certificateAgeMs;
}

/**
 * Observations, long ones too: they may be dropped at any moment and asked again. `waitMs` is how long the
 * request lets it wait.
 */
export function observe<Activities extends object = RotationActivities>(
  summary: string,
  waitMs = 0,
): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: observationMs + waitMs,
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  });
}
