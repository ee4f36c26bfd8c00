import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { documentedObjects } from '../../../domain/objects.ts';
import { useBench } from '../support/bench.ts';
import { anchorCertificate, issuerCertificate } from '../support/by-hand.ts';
import {
  approverOf,
  letFallDue,
  policyFor,
  revisionOf,
  triggerOnceMore,
  untilAnchorIsAskedFor,
  untilRevision,
} from '../support/cert-manager-troubles.ts';
import { lookAtCluster } from '../support/cluster-sights.ts';
import { clusterKind } from '../support/empty-cluster.ts';
import { assertRotated } from '../support/end-states.ts';
import { bothAutomatic } from '../support/requests.ts';
import { signWith } from '../support/sign-by-hand.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

const { previousAnchor } = documentedObjects;
const issuerLifetimeMs = 4 * 3_600_000;
/** Longer than any of its timeouts where the processes are the real ones. */
const downMs = clusterKind === 'real' ? 60_000 : 3_000;

describe('a rotation whose cert-manager has troubles', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ certManager: { withoutApprover: true } });

  afterEach(() => {
    approverOf(bench()).follow(() => 'approve');
  });

  it('takes one new anchor from two triggers and a controller that was down in the middle', async () => {
    const { certManager } = bench().environment;
    const before = await revisionOf(bench(), anchorCertificate);
    approverOf(bench()).follow(policyFor('linkerd-trust-anchor', 'hold'));
    const run = await bench().rotate({ pace: 'urgent' });
    await untilAnchorIsAskedFor(bench());
    await triggerOnceMore(bench());
    certManager.pause();
    approverOf(bench()).follow(() => 'approve');
    await delay(downMs);
    certManager.resume();
    const report = await run.ends('completed');
    assert.equal(await revisionOf(bench(), anchorCertificate), before + 1);
    await assertRotated(bench(), report);
  });

  it('is blocked by a denied request, which it names, until the policy is another', async () => {
    approverOf(bench()).follow(policyFor('linkerd-trust-anchor', 'deny'));
    const run = await bench().rotate({ pace: 'urgent' });
    const { waiting } = await run.untilBlockedBy('denied by the cluster');
    assert.match(
      waiting?.for ?? '',
      /CertificateRequest cert-manager\/linkerd-trust-anchor-\d+ was denied .*\(Policy: the policy of this cluster forbids it\)\. Next step: have the policy approve it/,
    );
    approverOf(bench()).follow(() => 'approve');
    await run.resume();
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('does not wait out the backoff of a failed request, and renews an issuer of a stale cache again', async () => {
    const fails = policyFor('linkerd-trust-anchor', 'fail', 1);
    const stale = policyFor(
      'linkerd-identity-issuer',
      (request) =>
        signWith(bench().kube, request, {
          secretName: previousAnchor,
          lifetimeMs: issuerLifetimeMs,
        }),
      1,
    );
    approverOf(bench()).follow(async (request) => {
      const decision = await fails(request);
      return decision === 'approve' ? stale(request) : decision;
    });
    const run = await bench().rotate({ pace: 'urgent' });
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('goes on with restarts where the policy denies the cross-signing', async () => {
    approverOf(bench()).follow(policyFor('linkerd-trust-bridge', 'deny'));
    const run = await bench().rotate({ pace: 'urgent' });
    const report = await run.ends('completed');
    assert.equal(report.method, 'overlap');
    assert.match(
      JSON.stringify(report.notes),
      /goes on with method overlap: the old anchor did not cross-sign the new one: .* was denied by the cluster's approval policy \(Policy: /,
    );
    await assertRotated(bench(), report);
  });

  it('goes on with restarts where the cross-signed certificate would end too early', async () => {
    const short = policyFor('linkerd-trust-bridge', (request) =>
      signWith(bench().kube, request, { secretName: previousAnchor, lifetimeMs: 60_000 }),
    );
    approverOf(bench()).follow(short);
    const run = await bench().rotate({ pace: 'urgent' });
    const report = await run.ends('completed');
    assert.equal(report.method, 'overlap');
    assert.match(JSON.stringify(report.notes), /goes on with method overlap: .* it ends on /);
    await assertRotated(bench(), report);
  });

  it('keeps the anchor that it brought in although its renewal falls due in the middle', async () => {
    const before = await revisionOf(bench(), anchorCertificate);
    const run = await bench().rotate({
      pace: 'urgent',
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    const { anchors } = await run.untilAsked('switch-issuer');
    const putBack = await letFallDue(bench(), anchorCertificate);
    await run.approve('switch-issuer');
    await run.untilPhase('ReplacingLeaves');
    await putBack();
    const report = await run.ends('completed');
    assert.equal(await revisionOf(bench(), anchorCertificate), before + 1);
    const { trustAnchor } = await lookAtCluster(bench().kube);
    assert.deepEqual(trustAnchor, [anchors?.b?.certificate.fingerprint]);
    await assertRotated(bench(), report);
  });

  it('keeps the anchor that signs although the renewal of the issuer falls due in the middle', async () => {
    const run = await bench().rotate({
      pace: 'urgent',
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    await run.untilAsked('switch-issuer');
    const before = await lookAtCluster(bench().kube);
    const revision = await revisionOf(bench(), issuerCertificate);
    const putBack = await letFallDue(bench(), issuerCertificate);
    await untilRevision(bench(), issuerCertificate, revision + 1);
    await putBack();
    const after = await lookAtCluster(bench().kube);
    assert.notDeepEqual(after.issuer, before.issuer);
    assert.equal(after.issuerSignedBy, before.issuerSignedBy);
    await run.approve('switch-issuer');
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('does not begin while a renewal would keep the key of the anchor', async () => {
    const before = await revisionOf(bench(), anchorCertificate);
    const policy = (rotationPolicy: string) => ({ spec: { privateKey: { rotationPolicy } } });
    await bench().mark();
    await bench().kube.patch(anchorCertificate, policy('Never'), 'merge');
    const refused = await bench().rotate({ pace: 'urgent' });
    const { reason } = await refused.ends('not-started');
    assert.match(
      reason ?? '',
      /privateKey\.rotationPolicy is Never: a renewal may keep the old key/,
    );
    assert.equal(await revisionOf(bench(), anchorCertificate), before);
    await bench().kube.patch(anchorCertificate, policy('Always'), 'merge');
    const run = await bench().rotate({ pace: 'urgent' });
    await assertRotated(bench(), await run.ends('completed'));
  });
});
