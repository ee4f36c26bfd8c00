import type { Method } from '../../../domain/phases.ts';
import { phasesOf } from '../../../domain/phases.ts';
import { useBench } from '../support/bench.ts';
import { assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

const methods: readonly Method[] = ['bridge', 'overlap'];

describe('a worker that is killed', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ worker: 'none' });

  for (const method of methods) {
    for (const phase of phasesOf(method)) {
      it(`in ${phase} of method ${method} is taken over by another`, async () => {
        const first = await bench().spawnWorker();
        const run = await bench().rotate({ method, pace: 'urgent' });
        await run.untilPhase(phase);
        await first.kill();
        const second = await bench().spawnWorker();
        const report = await run.ends('completed');
        await second.stop();
        await assertRotated(bench(), report);
      });
    }
  }
});
