import type { RotationRequest } from '../domain/rotation-request.ts';
import type { RotationState } from '../domain/rotation-state.ts';
import { newRotationState } from '../domain/rotation-state.ts';
import { isoNow } from './clock.ts';
import type { PersonMessage, ResourceVersion } from './messages.ts';

/** What a rotation takes along when it continues in a new run. */
export interface CarriedRotation {
  readonly state: RotationState;
  readonly planHash: string;
  readonly leafLifetimeMs: number;
  readonly holdsLease: boolean;
  /** Of the first run; ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly paused?: PersonMessage;
  /** A person's word for what is shown, which no step has heard yet. */
  readonly hasAnswer?: true;
  /** The newest version of the resource that it has heeded. */
  readonly resource?: ResourceVersion;
  /** It was leaving the mesh: the new run goes on with that. */
  readonly isOnWayBack?: true;
}

/** What one begins with. */
export function newRotation({ exceptions, planHash }: RotationRequest): CarriedRotation {
  return {
    state: newRotationState(exceptions),
    planHash,
    leafLifetimeMs: 0,
    holdsLease: false,
    startedAt: isoNow(),
  };
}
