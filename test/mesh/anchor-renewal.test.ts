import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import {
  freezeRenewal,
  renewalBeforeAnnotation,
  unfreezeRenewal,
} from '../../mesh/anchor-renewal.ts';
import { readInstalledComponents } from '../../mesh/cert-manager.ts';
import { certificateRef, readCertificate } from '../../mesh/certificates.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';
import { waitFor } from '../support/wait-for.ts';

const anchor = certificateRef(objects.trustNamespace, objects.trustAnchor);

describe('the automatic renewal of the anchor', () => {
  let pki: SimulatedPki;

  beforeEach(async () => {
    pki = await startPki();
  });

  afterEach(async () => {
    await pki.stop();
  });

  it('is switched off and put back to nothing', async () => {
    assert.deepEqual(await freezeRenewal(pki.kube, anchor), { frozen: true, changed: true });
    assert.deepEqual(await freezeRenewal(pki.kube, anchor), { frozen: true, changed: false });
    assert.deepEqual((await readCertificate(pki.kube, anchor)).renewal, { policy: 'Disabled' });

    assert.deepEqual(await unfreezeRenewal(pki.kube, anchor), { changed: true });
    assert.deepEqual(await unfreezeRenewal(pki.kube, anchor), { changed: false });
    const thawed = await readCertificate(pki.kube, anchor);
    assert.equal(thawed.renewal, undefined);
    assert.equal(thawed.annotations[renewalBeforeAnnotation], undefined);
  });

  it('is put back to what it was', async () => {
    const renewal = { policy: 'RenewBefore', windows: [{ cron: '0 3 * * *', duration: '1h' }] };
    await pki.kube.patch(anchor, { spec: { renewal } }, 'merge');

    await freezeRenewal(pki.kube, anchor);
    assert.deepEqual((await readCertificate(pki.kube, anchor)).renewal, { policy: 'Disabled' });
    await unfreezeRenewal(pki.kube, anchor);

    assert.deepEqual((await readCertificate(pki.kube, anchor)).renewal, renewal);
  });

  it('stays off where it has fallen due meanwhile: another anchor would follow at once', async () => {
    await freezeRenewal(pki.kube, anchor);
    const { notBefore = '', notAfter = '' } = await readCertificate(pki.kube, anchor);
    const lifeMs = Date.parse(notAfter) - Date.parse(notBefore);
    await pki.kube.patch(anchor, { spec: { renewBefore: `${String(lifeMs - 1)}ms` } }, 'merge');
    await waitFor(async () => (await unfreezeRenewal(pki.kube, anchor)).overdue, {
      what: 'the renewal to be due',
    });

    const { renewal, annotations } = await readCertificate(pki.kube, anchor);
    assert.deepEqual(renewal, { policy: 'Disabled' });
    assert.equal(annotations[renewalBeforeAnnotation], 'null');
  });

  it('stays off when the owner had switched it off', async () => {
    await pki.kube.patch(anchor, { spec: { renewal: { policy: 'Disabled' } } }, 'merge');

    await freezeRenewal(pki.kube, anchor);
    await unfreezeRenewal(pki.kube, anchor);

    assert.deepEqual((await readCertificate(pki.kube, anchor)).renewal, { policy: 'Disabled' });
  });

  it('is not touched when the note of what it was is unreadable', async () => {
    await freezeRenewal(pki.kube, anchor);
    const annotations = { [renewalBeforeAnnotation]: 'not json' };
    await pki.kube.patch(anchor, { metadata: { annotations } }, 'merge');

    await assert.rejects(unfreezeRenewal(pki.kube, anchor), /set spec\.renewal by hand/);
  });

  it('is told by cert-manager that can switch it off', async () => {
    const { certManager, trustManager } = await readInstalledComponents(pki.kube);

    assert.equal(certManager?.canDisableRenewal, true);
    assert.ok(trustManager);
  });
});

describe('the automatic renewal of the anchor under an older cert-manager', () => {
  let pki: SimulatedPki;

  beforeEach(async () => {
    pki = await startPki({ certManager: { renewalField: false } });
  });

  afterEach(async () => {
    await pki.stop();
  });

  it('cannot be switched off; its time is reported', async () => {
    const result = await freezeRenewal(pki.kube, anchor);

    assert.ok(!result.frozen);
    assert.ok(Date.parse(result.renewalTime ?? '') > Date.now());
    assert.equal((await readInstalledComponents(pki.kube)).certManager?.canDisableRenewal, false);
  });
});
