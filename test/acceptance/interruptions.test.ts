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
    // Leaves that were refreshed while nobody worked need no restart; none is made twice.
    const restarts = await restartsSince(bench(), before);
    assert.ok(
      restarts.every((times) => times <= 2),
      `restarted ${restarts.join(' and ')} times`,
    );
    await assertRotated(bench(), report);
  });
});
