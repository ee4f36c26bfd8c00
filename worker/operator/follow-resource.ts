import { NotFoundError } from '../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { redact } from '../../mesh/kubernetes/redact.ts';
import { messageOf } from '../../mesh/observation/errors.ts';
import type { Clock } from '../../mesh/observation/clock.ts';
import type { Log } from '../../mesh/observation/log.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import { resourceRef } from '../../mesh/resource/resource-ref.ts';
import { rotationResource } from '../../mesh/resource/rotation-resource.ts';

export interface FollowParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
}

/** Below the time after which the HTTP client takes a silent answer for dead (300 s). */
const watchMs = 240_000;
const shortestPauseMs = 1_000;
const longestPauseMs = 60_000;

const { type } = resourceRef;
const noDefinition = `CustomResourceDefinition ${type.plural}.${type.group} is not installed, so rotations are started by commands only. Next step: install the chart trust-rotation-crds; it is looked for every minute.`;

/**
 * Tells the resource as it is and each time that it changes, until the signal is aborted: `undefined`
 * while it, or its kind, does not exist.
 */
export async function followResource(
  { kube, clock, log }: FollowParts,
  tell: (resource: RotationResource | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = shortestPauseMs;
  let told = '';
  while (!isAborted(signal)) {
    const startedMs = clock.nowMs();
    let reason = '';
    try {
      const options = { atMostMs: watchMs, signal };
      for await (const resource of kube.follow(resourceRef, rotationResource, options)) {
        tell(resource);
      }
    } catch (error) {
      if (isAborted(signal)) return;
      // Without the CustomResourceDefinition there is no resource.
      const isMissing = error instanceof NotFoundError;
      if (isMissing) tell(undefined);
      reason = isMissing ? noDefinition : redact(messageOf(error));
      if (reason !== told) log.warn({ reason }, 'the TrustAnchorRotation cannot be watched');
    }
    told = reason;
    // Also between two watches: a server that ends each at once must not be asked in a row.
    const hasLasted = clock.nowMs() - startedMs > longestPauseMs;
    pauseMs = hasLasted ? shortestPauseMs : Math.min(2 * pauseMs, longestPauseMs);
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

/** Asked as a function, since it changes while one waits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
