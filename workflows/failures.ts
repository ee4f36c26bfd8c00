import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails, FailureType } from '../activities/failures.ts';

/** What a known failure of an activity says. */
export interface KnownFailure extends FailureDetails {
  readonly message: string;
}

/** The failure of an activity as the wanted type, if it is of that type. */
export function failureIn(error: unknown, type: FailureType): KnownFailure | undefined {
  const cause = applicationFailure(error);
  return cause?.type === type ? { message: cause.message, ...detailsOf(cause) } : undefined;
}

/**
 * What a failed activity says to a person.
 * @throws the error itself when it is not a failed activity: a cancellation, or a bug in this code
 */
export function hindranceOf(error: unknown): KnownFailure {
  if (!(error instanceof ActivityFailure)) throw error;
  const cause = applicationFailure(error);
  if (cause !== undefined) return { message: cause.message, ...detailsOf(cause) };
  if (error.cause?.name === 'CancelledFailure') throw error;
  if (error.cause instanceof TimeoutFailure) return { message: outOfTime(error), laggards: [] };
  return { message: error.cause?.message ?? error.message, laggards: [] };
}

/** The server's own words name neither the step nor what a person can do. */
function outOfTime({ activityType, cause }: ActivityFailure): string {
  return `${activityType} did not end in time (${cause?.message ?? ''}). Next step: look at the log of the worker, and whether the API server answers.`;
}

function applicationFailure(error: unknown): ApplicationFailure | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  return error.cause instanceof ApplicationFailure ? error.cause : undefined;
}

function detailsOf({ details }: ApplicationFailure): FailureDetails {
  const [first] = details ?? [];
  if (typeof first !== 'object' || first === null || !('laggards' in first))
    return { laggards: [] };
  // Sound: our own activities attach `FailureDetails` to their failures and nothing else.
  return first as FailureDetails;
}
