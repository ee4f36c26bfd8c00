import assert from 'node:assert/strict';
import { useBench } from '../support/bench.ts';
import { anchorCertificate } from '../support/by-hand.ts';
import { letFallDue } from '../support/cert-manager-troubles.ts';
import { assertRotated, assertUntouched } from '../support/end-states.ts';
import { bothAutomatic } from '../support/requests.ts';
import { untilAnchorIsAnother } from '../support/source-troubles.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

describe('a rotation with a cert-manager that cannot switch renewals off', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({
    certManager: { renewalField: false },
    // Later than the hard deadline of any rotation.
    pki: { anchorRenewBefore: '60s' },
  });

  it('does not start where the renewal of the anchor would fall into it', async () => {
    await bench().mark();
    const putBack = await letFallDue(bench(), anchorCertificate, 3_600_000);
    const run = await bench().rotate({ pace: 'urgent' });
    const { reason } = await run.ends('not-started');
    assert.match(
      reason ?? '',
      /trust anchor Certificate: cert-manager renews it by itself on .*, in the middle of a rotation/,
    );
    await putBack();
    await assertUntouched(bench());
  });

  it('says so in the plan, and goes on to the anchor of a renewal that fell due all the same', async () => {
    const run = await bench().rotate({
      pace: 'urgent',
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    const { anchors, plan } = await run.untilAsked('switch-issuer');
    assert.match(plan?.risks.join('\n') ?? '', /cannot switch the automatic renewal .* off/);
    const putBack = await letFallDue(bench(), anchorCertificate);
    await untilAnchorIsAnother(bench(), anchors?.b?.certificate.fingerprint ?? '');
    await putBack();
    await run.approve('switch-issuer');
    await run.untilBlockedBy('trust anchor Secret');
    await run.resume();

    await run.untilAsked('switch-issuer');
    await run.approve('switch-issuer');
    const report = await run.ends('completed');
    assert.equal(report.anchors?.a.certificate.fingerprint, anchors?.a.certificate.fingerprint);
    await assertRotated(bench(), report);
  });
});
