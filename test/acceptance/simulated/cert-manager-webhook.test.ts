import assert from 'node:assert/strict';
import { useBench } from '../support/bench.ts';
import { clusterKind } from '../support/empty-cluster.ts';
import { assertRotated } from '../support/end-states.ts';
import { notRun } from '../support/not-run.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { bothAutomatic } from '../support/requests.ts';

describe("a rotation while cert-manager's webhook is down", function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('names it, and goes on when it is back and a person resumes', async function () {
    if (clusterKind === 'real')
      notRun(this, 'a real cluster of the suite has no webhook of cert-manager');
    const { webhook } = bench().environment;
    const run = await bench().rotate({
      pace: 'urgent',
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    await run.untilAsked('switch-issuer');
    webhook?.pause();
    await run.approve('switch-issuer');
    const { waiting } = await run.untilBlockedBy('webhook.cert-manager.io');
    assert.match(
      JSON.stringify(waiting),
      /Next step: look at the pods behind Service cert-manager\/cert-manager-webhook/,
    );
    webhook?.resume();
    await run.resume();
    await assertRotated(bench(), await run.ends('completed'));
  });
});
