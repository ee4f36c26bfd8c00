import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { appWorkloads, generationsOf, restartsSince } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

describe('a rotation whose worker fails', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ worker: 'none' });

  it('goes on with another worker after SIGKILL in the middle of a restart', async () => {
    const first = await bench().spawnWorker();
    const before = await generationsOf(bench(), appWorkloads);
    const run = await bench().rotate({ pace: 'urgent' });
    await run.untilPhase('ReplacingLeaves');
    await first.kill();
    await bench().spawnWorker();
    const report = await run.ends('completed');
    // For new leaves, and to let the old anchor go: none is made twice.
    assert.deepEqual(await restartsSince(bench(), before), [2, 2]);
    await assertRotated(bench(), report);
  });
});
