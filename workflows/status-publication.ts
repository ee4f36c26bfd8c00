import type { Sinks } from '@temporalio/workflow';
import { proxySinks } from '@temporalio/workflow';
import type { RotationSight } from '../domain/resource/rotation-status.ts';
import type { ExpirySight } from '../domain/resource/runway-status.ts';
import type { Rotation } from './rotation.ts';
import { sightOf } from './sight.ts';

/**
 * What a rotation hands to its worker without a word in the history: nobody waits for it, nothing
 * fails by it, and a change that a dying worker has taken along is told again by the operator.
 */
export interface RotationSinks extends Sinks {
  readonly resource: {
    /** How the rotation stands, to be told to the TrustAnchorRotation. */
    publish(sight: RotationSight): void;
    /** What a check of expiry has found. The next one tells anew. */
    publishExpiry(sight: ExpirySight): void;
  };
}

const { resource } = proxySinks<RotationSinks>();

/** Hands every change of the rotation over, as it happens. */
export function publishChanges(rotation: Rotation): void {
  rotation.onChange = () => resource.publish(sightOf(rotation));
}

/** Hands over what a check of expiry has found. */
export function publishExpiry(sight: ExpirySight): void {
  resource.publishExpiry(sight);
}
