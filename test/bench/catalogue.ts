import { benchDetection } from './benches/detection.ts';
import { benchGuide } from './benches/guide.ts';
import { benchProbing } from './benches/probing.ts';
import { benchRotation } from './benches/rotation.ts';
import { benchSurvey } from './benches/survey.ts';
import { benchWorkers } from './benches/workers.ts';
import type { BenchName } from './options.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';

/** What each bench measures; a new one is a file in `benches/` and a line here. */
export const catalogue: Readonly<Record<BenchName, (stage: Stage) => Promise<readonly Row[]>>> = {
  survey: benchSurvey,
  probing: benchProbing,
  detection: benchDetection,
  rotation: benchRotation,
  guide: benchGuide,
  workers: benchWorkers,
};
