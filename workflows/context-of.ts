import type { RotationContext } from '../domain/rotation-context.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import type { RotationState } from '../domain/rotation-state.ts';

/** What activities are told of a rotation. */
export function contextOf(
  { objects, timings, sources }: RotationRequest,
  state: RotationState & Required<Pick<RotationState, 'anchors' | 'recorded'>>,
): RotationContext {
  const { rotationId, anchors, recorded, bundleHistory, issuerHistory, exceptions } = state;
  return {
    rotationId,
    recorded,
    ...(sources === undefined ? {} : { sources }),
    survey: {
      objects,
      timings,
      anchors,
      bundleHistory,
      issuerHistory,
      excepted: exceptions.map(({ name }) => name),
      probe: anchors.b !== undefined,
    },
  };
}
