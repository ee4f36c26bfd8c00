import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { appWorkloads, generationsOf, restartsSince } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { recordHistory } from './support/histories.ts';
import { phaseNames } from './support/rotation-run.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

describe('a rotation by overlap', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('replaces the anchor at pace urgent with three restarts of each workload', async () => {
    const before = await generationsOf(bench(), appWorkloads);
    const run = await bench().rotate({ method: 'overlap', pace: 'urgent' });
    const report = await run.ends('completed');
    assert.deepEqual(phaseNames(report), [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'PropagatingTrustRoots',
      'RenewingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'Verifying',
    ]);
    assert.deepEqual(await restartsSince(bench(), before), [3, 3]);
    await assertRotated(bench(), report);
    await recordHistory('overlap-urgent', run.handle);
  });
});
