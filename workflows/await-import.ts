import type { WatchImportInput } from '../activities/contract.ts';
import type { Laggard } from '../domain/convergence.ts';
import type { ImportKind } from '../domain/imports.ts';
import { observe } from './activity-profiles.ts';
import { reportIntervalMs } from './limits.ts';
import type { Rotation } from './rotation.ts';
import { checkpoint, cutShortWatch } from './steps.ts';

const names: Readonly<Record<ImportKind, string>> = {
  anchor: 'new trust anchor',
  bridge: 'bridge',
};

/**
 * Waits until an owner has handed in what the rotation does not make itself, and says meanwhile what
 * is asked of them, or what is wrong with what they gave. Nothing is changed.
 */
export async function awaitImport(
  rotation: Rotation,
  inputOf: (report: Pick<WatchImportInput, 'told' | 'reportAfterMs'>) => WatchImportInput,
): Promise<void> {
  let told: readonly Laggard[] = [];
  for (let reports = 0; ; reports += 1) {
    await checkpoint(rotation);
    const input = inputOf({ told, reportAfterMs: reportIntervalMs(reports) });
    const name = names[input.kind];
    const watch = await cutShortWatch(rotation, () =>
      observe(`wait until the ${name} is handed in`).watchImport(input),
    );
    if (watch?.laggards.length === 0) {
      rotation.setRunning();
      return;
    }
    // What has cut it short may be what the status shows now: then it is told again, at once.
    told = watch?.laggards ?? [];
    if (watch === undefined) continue;
    const waiting = `the owner to hand in the ${name}`;
    rotation.setWaiting('blocked', { for: waiting, cause: 'import', laggards: told });
  }
}
