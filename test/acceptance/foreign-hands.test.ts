import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { anchorCertificate, renewByHand } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { overwriteBundle } from './support/mesh-troubles.ts';
import { bothRequired } from './support/requests.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

describe('a rotation beside other hands', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('stops while the bundle is another, and goes on to an anchor that a person renewed once more', async () => {
    const run = await bench().rotate({ pace: 'urgent', approvals: bothRequired });
    const { anchors } = await run.untilAsked('switch-issuer');
    await overwriteBundle(bench(), anchors?.a.pem ?? '');
    await run.approve('switch-issuer');
    await run.untilBlockedBy('trust bundle');
    bench().environment.trustManager.resume();

    await run.untilAsked('retire-anchor');
    await renewByHand(bench().kube, anchorCertificate);
    await run.approve('retire-anchor');
    await run.untilBlockedBy('trust anchor Secret');
    await run.resume();

    await run.untilAsked('switch-issuer');
    await run.approve('switch-issuer');
    await run.untilAsked('retire-anchor');
    await run.approve('retire-anchor');
    const report = await run.ends('completed');
    assert.equal(report.anchors?.a.certificate.fingerprint, anchors?.a.certificate.fingerprint);
    assert.notEqual(
      report.anchors?.b?.certificate.fingerprint,
      anchors?.b?.certificate.fingerprint,
    );
    await assertRotated(bench(), report);
  });
});
