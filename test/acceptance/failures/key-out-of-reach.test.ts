import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { useBench } from '../support/bench.ts';
import { renewAnchorByHand } from '../support/by-hand.ts';
import { assertRotated } from '../support/end-states.ts';
import { phaseNames } from '../support/rotation-run.ts';
import { keepCertificateOnly } from '../support/source-troubles.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

describe('a rotation from an anchor whose key is not in the cluster', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('spreads the new anchor by restarts, and the plan says why', async () => {
    await keepCertificateOnly(bench(), documentedObjects.previousAnchor);
    await bench().mark();
    await renewAnchorByHand(bench());
    const run = await bench().rotate({ pace: 'urgent' });
    const { plan } = await run.untilPhase('PropagatingTrustRoots');
    assert.equal(plan?.method, 'overlap');
    assert.equal(
      plan.methodBecause,
      'a bridge is impossible: the key of the anchor in use is not in the cluster',
    );
    const report = await run.ends('completed');
    assert.ok(!phaseNames(report).includes('PinningSigner'), 'nothing could sign for a pin');
    await assertRotated(bench(), report);
  });
});
