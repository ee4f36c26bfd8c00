import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { appWorkloads, restartsSince, generationsOf } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { recordHistory } from './support/histories.ts';
import { phaseNames } from './support/rotation-run.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { refreshedLeafMs } from './support/environment.ts';

describe('a rotation by bridge', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

  it('replaces the anchor at pace steady with one restart of each workload', async () => {
    const before = await generationsOf(bench(), appWorkloads);
    const run = await bench().rotate();
    const report = await run.ends('completed');
    assert.deepEqual(phaseNames(report), [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'BridgingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'ReleasingBridge',
      'Verifying',
    ]);
    assert.deepEqual(await restartsSince(bench(), before), [1, 1]);
    await assertRotated(bench(), report);
    await recordHistory('bridge-steady', run.handle);
  });
});
