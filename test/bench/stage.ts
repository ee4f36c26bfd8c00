import type { Teardown } from '../../deploy/local/teardown.ts';
import type { PaperFleet } from './fleet/paper-fleet.ts';
import { startPaperFleet } from './fleet/paper-fleet.ts';
import type { BenchOptions } from './options.ts';
import type { RotationMesh, RotationMeshOptions } from './rotation/rotation-mesh.ts';
import { startRotationMesh } from './rotation/rotation-mesh.ts';

/** What benches run on: one cluster at a time, so that none disturbs what is measured on another. */
export interface Stage {
  readonly options: BenchOptions;
  readonly teardown: Teardown;
  /** Tells a person what takes time. */
  readonly say: (line: string) => void;
  /** The fleet that is up, if it has this size: making ten thousand pods takes longer than to survey them. */
  paperFleet(pods: number): Promise<PaperFleet>;
  /** A mesh of its own for each bench; the next one that is asked for ends it. */
  rotationMesh(wishes: Omit<RotationMeshOptions, 'say'>): Promise<RotationMesh>;
}

/** @returns a stage with nothing on it; what comes onto it leaves with `teardown`. */
export function createStage(parts: Pick<Stage, 'options' | 'teardown' | 'say'>): Stage {
  const { options, teardown, say } = parts;
  let onStage: { stop(): Promise<void> } | undefined;
  let fleet: { readonly pods: number; readonly up: PaperFleet } | undefined;

  async function bring<T extends { stop(): Promise<void> }>(begin: () => Promise<T>): Promise<T> {
    const last = onStage;
    onStage = undefined;
    await last?.stop();
    const next = await teardown.start(begin, (started) => started.stop());
    onStage = next;
    return next;
  }
  return {
    ...parts,
    paperFleet: async (pods) => {
      if (fleet?.pods === pods && fleet.up === onStage) return fleet.up;
      const { cluster } = options;
      const up = await bring(() => startPaperFleet({ cluster, pods, say }));
      fleet = { pods, up };
      return up;
    },
    rotationMesh: (wishes) => bring(() => startRotationMesh({ ...wishes, say })),
  };
}
