import type { PhaseName } from '../../domain/phases.ts';
import type { Rotation } from '../rotation.ts';
import type { Departure } from '../ways-out.ts';

/**
 * One row of the runbook. A phase may be entered again at any point of it: after a worker died, after
 * continue-as-new, or because the cluster already stood there when the rotation began.
 */
export interface Phase {
  readonly name: PhaseName;
  /** Brings about what the act needs; nothing that changes trust. */
  readonly enter: (rotation: Rotation) => Promise<void>;
  /** Changes the cluster. */
  readonly act: (rotation: Rotation) => Promise<void>;
  /** Waits until the phase may be left. */
  readonly gate: (rotation: Rotation) => Promise<void>;
  /** Leaves the mesh safely from here. */
  readonly abort: (rotation: Rotation) => Promise<Departure>;
}

/** For a part of a phase that has nothing to do. */
export async function nothing(): Promise<void> {
  await Promise.resolve();
}
