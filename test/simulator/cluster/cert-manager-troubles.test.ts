import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CERTIFICATE_REQUESTS,
  CLUSTER_ISSUERS,
  CRDS,
  EVENTS,
} from '../../../simulator/cluster/resources.ts';
import { MERGE } from './cluster-fixture.ts';
import { ANCHOR, GROUP, IDENTITY, conditionOf, startPkiFixture } from './pki-fixture.ts';
import type { PkiFixture } from './pki-fixture.ts';

describe('the simulated cert-manager: renewal, refusals and delays', () => {
  let fixture: PkiFixture;

  afterEach(() => fixture.stop());

  it('reports an unusable signer as ErrGetKeyPair and leaves requests pending', async () => {
    fixture = await startPkiFixture();
    const name = 'linkerd-identity-issuer';
    const body = { spec: { ca: { secretName: 'missing' } } };
    await fixture.custom.patchClusterCustomObject(
      { ...GROUP, plural: 'clusterissuers', name, body },
      MERGE,
    );
    const ready = () => conditionOf(fixture.cluster.api.get(CLUSTER_ISSUERS, { name }), 'Ready');
    await fixture.until('ErrGetKeyPair', () => ready()?.reason === 'ErrGetKeyPair');

    await fixture.trigger(IDENTITY);

    const key = { namespace: 'linkerd', name: 'linkerd-identity-issuer-2' };
    const request = () => fixture.cluster.store.get(CERTIFICATE_REQUESTS, key);
    await fixture.until(
      'the request to be pending',
      () => conditionOf(request(), 'Ready')?.reason === 'Pending',
    );
    await fixture.signWith('linkerd-trust-anchor');
    await fixture.until('the renewal', () => fixture.get(IDENTITY).status?.revision === 2);
  });

  it('fails an issuance that is denied, and goes on after the denied request is deleted', async () => {
    fixture = await startPkiFixture();
    fixture.approval = () => 'deny';
    await fixture.trigger(ANCHOR);
    await fixture.until(
      'the failure',
      () => conditionOf(fixture.get(ANCHOR), 'Issuing')?.status === 'False',
    );
    const { status } = fixture.get(ANCHOR);
    assert.equal(status?.revision, 1);
    assert.equal(status.failedIssuanceAttempts, 1);
    assert.ok(status.lastFailureTime);
    const key = { namespace: ANCHOR.namespace, name: 'linkerd-trust-anchor-2' };
    const request = () => fixture.cluster.store.get(CERTIFICATE_REQUESTS, key);
    await fixture.until('Denied', () => conditionOf(request(), 'Ready')?.reason === 'Denied');

    fixture.approval = () => 'approve';
    await fixture.custom.deleteNamespacedCustomObject({
      ...GROUP,
      ...key,
      plural: 'certificaterequests',
    });
    await fixture.renew(ANCHOR);

    assert.equal(fixture.get(ANCHOR).status?.failedIssuanceAttempts, undefined);
  });

  it('fails every retry on a denied request under rotationPolicy Never, until it is deleted', async () => {
    fixture = await startPkiFixture({}, { anchorRotationPolicy: 'Never' });
    const attempts = () => fixture.get(ANCHOR).status?.failedIssuanceAttempts;
    fixture.approval = () => 'deny';
    await fixture.trigger(ANCHOR);
    await fixture.until('the failure', () => attempts() === 1);

    fixture.approval = () => 'approve';
    await fixture.trigger(ANCHOR);

    await fixture.until('the second failure', () => attempts() === 2);
    const key = { namespace: ANCHOR.namespace, name: 'linkerd-trust-anchor-2' };
    fixture.cluster.api.remove(CERTIFICATE_REQUESTS, key);
    await fixture.renew(ANCHOR);
  });

  it('waits for an approval by someone else', async () => {
    fixture = await startPkiFixture();
    fixture.approval = () => 'wait';
    await fixture.trigger(ANCHOR);
    const name = 'linkerd-trust-anchor-2';
    const key = { namespace: ANCHOR.namespace, name };
    await fixture.until('the hint', () =>
      fixture.cluster.store.list(EVENTS).some((event) => event['reason'] === 'WaitingForApproval'),
    );

    const conditions = [{ type: 'Approved', status: 'True', reason: 'policy', message: 'by hand' }];
    const body = { status: { conditions } };
    await fixture.custom.patchNamespacedCustomObjectStatus(
      { ...GROUP, ...key, plural: 'certificaterequests', body },
      MERGE,
    );

    await fixture.until('the renewal', () => fixture.get(ANCHOR).status?.revision === 2);
  });

  it('renews by itself when the renewal time has come, unless that is disabled', async () => {
    fixture = await startPkiFixture({}, { issuerDuration: '3s', issuerRenewBefore: '2s' });
    const disable = { spec: { renewal: { policy: 'Disabled' } } };
    await fixture.until(
      'an automatic renewal',
      () => (fixture.get(IDENTITY).status?.revision ?? 0) > 1,
    );

    await fixture.patch(IDENTITY, disable);
    await fixture.until(
      'the end of automatic renewal',
      () =>
        fixture.get(IDENTITY).status?.renewalTime === undefined &&
        conditionOf(fixture.get(IDENTITY), 'Issuing')?.status !== 'True',
    );
    const revision = fixture.get(IDENTITY).status?.revision;
    await fixture.until(
      'expiry',
      () => conditionOf(fixture.get(IDENTITY), 'Ready')?.reason === 'Expired',
    );

    assert.equal(fixture.get(IDENTITY).status?.revision, revision);
    await fixture.renew(IDENTITY);
  });

  it('computes the renewal time from renewBefore, and drops it with policy Disabled', async () => {
    fixture = await startPkiFixture();
    const { notAfter = '', renewalTime = '' } = fixture.get(ANCHOR).status ?? {};
    assert.equal(Date.parse(notAfter) - Date.parse(renewalTime), 7320 * 3_600_000);

    const body = { spec: { renewal: { policy: 'Disabled' } } };
    await fixture.patch(ANCHOR, body);

    await fixture.until(
      'no renewal time',
      () => fixture.get(ANCHOR).status?.renewalTime === undefined,
    );
    assert.equal(fixture.get(ANCHOR).status?.revision, 1);
  });

  it('drops spec.renewal where the CRD does not have it', async () => {
    fixture = await startPkiFixture({ certManager: { renewalField: false } });
    const body = { spec: { renewal: { policy: 'Disabled' } } };
    await fixture.patch(ANCHOR, body);

    assert.equal(fixture.get(ANCHOR).spec.renewal, undefined);
    const crd = fixture.cluster.api.get(CRDS, { name: 'certificates.cert-manager.io' });
    assert.doesNotMatch(JSON.stringify(crd.spec), /renewal/);
  });

  it('re-issues at once when the spec changes or the Secret is deleted, not for an annotation', async () => {
    fixture = await startPkiFixture();
    const patch = (body: object) =>
      fixture.custom.patchNamespacedCustomObject(
        { ...GROUP, ...IDENTITY, plural: 'certificates', body },
        MERGE,
      );

    await patch({ metadata: { annotations: { note: 'x' } } });
    await patch({ spec: { dnsNames: ['other.example'] } });
    await fixture.until('a new revision', () => fixture.get(IDENTITY).status?.revision === 2);
    assert.match(fixture.first(IDENTITY).subjectAltName ?? '', /other\.example/);

    await fixture.core.deleteNamespacedSecret(IDENTITY);
    await fixture.until('a new revision', () => fixture.get(IDENTITY).status?.revision === 3);
  });

  it('does nothing while paused and catches up when resumed', async () => {
    fixture = await startPkiFixture();
    fixture.cluster.certManager.pause();
    await fixture.trigger(ANCHOR);
    await delay(50);
    assert.equal(fixture.get(ANCHOR).status?.nextPrivateKeySecretName, undefined);

    fixture.cluster.certManager.resume();

    await fixture.until('the renewal', () => fixture.get(ANCHOR).status?.revision === 2);
  });
});
