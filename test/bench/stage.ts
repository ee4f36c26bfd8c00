import type { PaperFleet } from './fleet/paper-fleet.ts';
import { startPaperFleet } from './fleet/paper-fleet.ts';
import type { BenchOptions } from './options.ts';
import type { Teardown } from '../../deploy/local/teardown.ts';

/** What benches run on. Fleets are shared: making ten thousand pods takes longer than to survey them. */
export interface Stage {
  readonly options: BenchOptions;
  readonly teardown: Teardown;
  /** Tells a person what takes time. */
  readonly say: (line: string) => void;
  paperFleet(pods: number): Promise<PaperFleet>;
}

export function createStage(parts: Omit<Stage, 'paperFleet'>): Stage {
  const { options, teardown, say } = parts;
  const fleets = new Map<number, Promise<PaperFleet>>();
  const start = async (pods: number): Promise<PaperFleet> => {
    const fleet = await startPaperFleet({ cluster: options.cluster, pods, say });
    teardown.add(() => fleet.stop());
    return fleet;
  };
  return {
    ...parts,
    paperFleet: (pods) => {
      const fleet = fleets.get(pods) ?? start(pods);
      fleets.set(pods, fleet);
      return fleet;
    },
  };
}
