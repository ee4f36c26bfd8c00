import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { renameAnchorByHand } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { bothRequired } from './support/requests.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { refreshedLeafMs } from './support/environment.ts';

describe('a rotation that people begin and steer', function () {
  this.timeout(scenarioTimeoutMs);
  // The issuer falls due every 25 seconds: cert-manager renews it at any time.
  const bench = useBench({
    leafLifetimeMs: refreshedLeafMs,
    pki: { issuerDuration: '120s', issuerRenewBefore: '95s' },
  });

  it('takes over a renewed anchor of another name, waits for approvals, and can be paused', async () => {
    await bench().mark();
    await renameAnchorByHand(bench(), 'root-2.linkerd.cluster.local');
    const run = await bench().rotate({ approvals: bothRequired });
    await run.untilAsked('switch-issuer');
    await assert.rejects(run.approve('retire-anchor'), (error: Error) =>
      String(error.cause).includes('it waits for switch-issuer, not for retire-anchor'),
    );
    await run.approve('switch-issuer');

    await run.untilPhase('ReplacingLeaves');
    await run.pause();
    await run.untilCondition('paused');
    await run.resume();

    await run.untilAsked('retire-anchor');
    await run.approve('retire-anchor');
    const report = await run.ends('completed');
    assert.deepEqual(
      report.approvals.map(({ gate, by }) => `${gate} by ${by}`),
      ['switch-issuer by tester', 'retire-anchor by tester'],
    );
    const { a, b } = report.anchors ?? {};
    assert.notEqual(a?.certificate.subject, b?.certificate.subject);
    await assertRotated(bench(), report);
  });
});
