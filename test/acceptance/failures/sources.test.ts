import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { useBench } from '../support/bench.ts';
import { assertRotated } from '../support/end-states.ts';
import { deleteSecret, setBundleLabel, untilAnchorIsAnother } from '../support/source-troubles.ts';
import { bothRequired } from '../support/requests.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

const { trustAnchor, previousAnchor } = documentedObjects;

describe('a rotation whose bundle loses what it is made of', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('waits for trust-manager, for a source that was deleted, and for a label that was removed', async () => {
    const { trustManager } = bench().environment;
    trustManager.pause();
    const run = await bench().rotate({ pace: 'urgent', approvals: bothRequired });
    await run.untilBlockedBy('trust bundle');
    trustManager.resume();

    await run.untilAsked('switch-issuer');
    const putBack = await deleteSecret(bench(), previousAnchor);
    await run.approve('switch-issuer');
    await run.untilBlockedBy('previous-anchor Secret');
    await putBack();

    await run.untilAsked('retire-anchor');
    await setBundleLabel(bench(), null);
    await run.approve('retire-anchor');
    const { waiting } = await run.untilBlockedBy('ConfigMap linkerd/linkerd-identity-trust-roots');
    assert.match(
      waiting?.for ?? '',
      /it does not exist, .* check that Bundle .* selects namespace linkerd/,
    );
    await setBundleLabel(bench(), 'true');
    await run.resume();
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('goes on to the anchor that cert-manager made when the Secret of the new one was deleted', async () => {
    const run = await bench().rotate({ pace: 'urgent', approvals: bothRequired });
    const { anchors } = await run.untilAsked('switch-issuer');
    await deleteSecret(bench(), trustAnchor);
    await untilAnchorIsAnother(bench(), anchors?.b?.certificate.fingerprint ?? '');
    await run.approve('switch-issuer');
    const { waiting } = await run.untilBlockedBy('trust anchor Secret');
    assert.match(waiting?.for ?? '', /another hand's change to be undone, or a person to resume/);
    await run.resume();

    await run.untilAsked('switch-issuer');
    await run.approve('switch-issuer');
    await run.untilAsked('retire-anchor');
    await run.approve('retire-anchor');
    const report = await run.ends('completed');
    assert.equal(report.anchors?.a.certificate.fingerprint, anchors?.a.certificate.fingerprint);
    await assertRotated(bench(), report);
  });
});
