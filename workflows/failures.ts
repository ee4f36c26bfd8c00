import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { FailureType } from '../activities/failures.ts';
import type { Laggard } from '../domain/convergence.ts';

export interface Refusal {
  readonly message: string;
  readonly laggards: readonly Laggard[];
}

/** The refusal of a mutation by the invariants, if that is what happened. */
export function refusalIn(error: unknown): Refusal | undefined {
  return failureIn(error, 'MutationRefused');
}

export function foreignHandsIn(error: unknown): readonly Laggard[] | undefined {
  return failureIn(error, 'ForeignHands')?.laggards;
}

export function failureIn(error: unknown, type: FailureType): Refusal | undefined {
  const cause = applicationFailure(error);
  if (cause?.type !== type) return undefined;
  const [details] = cause.details ?? [];
  return { message: cause.message, laggards: laggardsOf(details) };
}

/**
 * What a failed activity says to a person.
 * @throws the error itself when it is not a failed activity: a cancellation, or a bug in this code
 */
export function hindranceOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) throw error;
  const cause = applicationFailure(error);
  if (cause !== undefined) return cause.message;
  if (error.cause?.name === 'CancelledFailure') throw error;
  return error.cause?.message ?? error.message;
}

function applicationFailure(error: unknown): ApplicationFailure | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  return error.cause instanceof ApplicationFailure ? error.cause : undefined;
}

function laggardsOf(details: unknown): readonly Laggard[] {
  if (typeof details !== 'object' || details === null || !('laggards' in details)) return [];
  // Sound: our own activities attach `FailureDetails` to these failure types and nothing else.
  return details.laggards as readonly Laggard[];
}
