import type { RotationRequest } from '../rotation-request.ts';
import type { Runway } from './runway.ts';

/** What is done about an anchor whose time has come: a word, or a rotation. */
export type ExpiryPolicy = 'report' | 'rotate';

/** The argument of the workflow `checkTrustExpiry`, which a Temporal Schedule runs. */
export interface ExpiryCheck {
  /** The rotation that would be started. */
  readonly rotation: RotationRequest;
  readonly policy: ExpiryPolicy;
  /** An anchor with less than this left is to be replaced. */
  readonly startBeforeMs: number;
}

/** Its result, which stands in the Web UI and in the history of the Schedule. */
export interface ExpiryReport {
  readonly runway: Runway;
  /** What was done about it. */
  readonly outcome: ExpiryOutcome;
}

/**
 * - `nothing`: the time has not come
 * - `reported`: a person must do something
 * - `started`: a rotation has begun
 * - `already-running`: one was under way
 */
export type ExpiryOutcome = 'nothing' | 'reported' | 'started' | 'already-running';

/** Same cluster, same Schedule. */
export function expiryScheduleId(cluster: string): string {
  return `trust-expiry/${cluster}`;
}

/** Each check of the Schedule is a workflow of this id; Temporal adds the time. */
export function expiryCheckId(cluster: string): string {
  return `trust-expiry-check/${cluster}`;
}

/** Who is named as having asked for a rotation that the Schedule starts. */
export const expiryRequester = 'the trust-expiry Schedule';

/** The trigger of that rotation, which makes it one of the resource; a person's may not hold a slash. */
export function expiryTrigger(fingerprint: string): string {
  return `anchor-expiring/${fingerprint.slice(0, 16)}`;
}
