import type { ResourceStatus } from '../domain/resource/resource-status.ts';
import { runningConditions } from '../domain/rotation-state.ts';
import type { FoundResource } from './mesh-settings.ts';

/** How a rotation stands, or how the last one ended, as the TrustAnchorRotation tells it. */
export interface ToldRotation extends Pick<
  ResourceStatus,
  | 'phase'
  | 'progress'
  | 'rotation'
  | 'gate'
  | 'waiting'
  | 'laggards'
  | 'unnamedLaggards'
  | 'phases'
  | 'rotations'
> {
  readonly kind: 'told';
}

/** `undefined` where there is no resource, or nobody has written its status yet. */
export function toldRotation(resource: FoundResource): ToldRotation | undefined {
  const status = resource.found ? resource.value?.status : undefined;
  if (status === undefined || status.conditions.length === 0) return undefined;
  const { phase, progress, rotation, gate, waiting, laggards, unnamedLaggards } = status;
  return {
    kind: 'told',
    phase,
    progress,
    ...(rotation === undefined ? {} : { rotation }),
    ...(gate === undefined ? {} : { gate }),
    ...(waiting === undefined ? {} : { waiting }),
    laggards,
    unnamedLaggards,
    phases: status.phases,
    rotations: status.rotations,
  };
}

/** The rotation that runs; after its end the status goes on naming it. */
export function runningIn({ rotation }: ToldRotation): ToldRotation['rotation'] {
  return runningConditions.some((one) => one === rotation?.condition) ? rotation : undefined;
}
