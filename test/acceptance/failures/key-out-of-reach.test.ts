import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { readSigner } from '../../../mesh/signer.ts';
import { useBench } from '../support/bench.ts';
import { renewAnchorByHand } from '../support/by-hand.ts';
import { assertRotated } from '../support/end-states.ts';
import { bothAutomatic } from '../support/requests.ts';
import { phaseNames } from '../support/rotation-run.ts';
import { keepCertificateOnly } from '../support/source-troubles.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

describe('a rotation from an anchor whose key is not in the cluster', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('spreads the new anchor by restarts, says why, and holds under it where it is aborted', async () => {
    await keepCertificateOnly(bench(), documentedObjects.previousAnchor);
    await bench().mark();
    await renewAnchorByHand(bench());
    const approvals = { ...bothAutomatic, 'retire-anchor': 'required' } as const;
    const run = await bench().rotate({ pace: 'urgent', approvals });
    const { plan } = await run.untilPhase('PropagatingTrustRoots');
    assert.equal(plan?.method, 'overlap');
    assert.equal(
      plan.methodBecause,
      'a bridge is impossible: the key of the anchor in use is not in the cluster',
    );
    await run.untilAsked('retire-anchor');
    await run.abort();
    const held = await run.ends('held');
    assert.ok(!phaseNames(held).includes('PinningSigner'), 'nothing could sign for a pin');
    assert.match(held.reason ?? '', /the issuer stays under the new one/);
    assert.equal((await readSigner(bench().kube, documentedObjects.clusterIssuer)).ready, true);

    const next = await bench().rotate({ pace: 'urgent' });
    await assertRotated(bench(), await next.ends('completed'));
  });
});
