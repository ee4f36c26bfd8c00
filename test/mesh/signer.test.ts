import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { RequestDeniedError, requestRef } from '../../mesh/certificate-requests.ts';
import { certificateRef, readCertificate } from '../../mesh/certificates.ts';
import { rawObject } from '../../mesh/kubernetes/kube.ts';
import { createSignatureOracle } from '../../mesh/signature-oracle.ts';
import {
  clusterIssuerRef,
  pointSigner,
  readSigner,
  SignerError,
  trialRequest,
} from '../../mesh/signer.ts';
import { DeadlineError } from '../../mesh/wait.ts';
import type { Approval } from '../../simulator/cluster/cluster-options.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';

const { clusterIssuer, trustNamespace: namespace } = objects;
const trialName = 'linkerd-trust-trial';

describe('the signer of the identity issuer', () => {
  let pki: SimulatedPki;
  let approval: Approval;

  beforeEach(async () => {
    approval = 'approve';
    pki = await startPki({ certManager: { approve: () => approval } });
  });

  afterEach(async () => {
    await pki.stop();
  });

  it('is pinned to another Secret, and that is verified', async () => {
    const target = { clusterIssuer, secretName: objects.previousAnchor };

    assert.deepEqual(await pointSigner(pki.kube, target, soon()), { changed: true });
    assert.deepEqual(await pointSigner(pki.kube, target, soon()), { changed: false });

    const signer = await readSigner(pki.kube, clusterIssuer);
    assert.equal(signer.secretName, objects.previousAnchor);
    assert.equal(signer.ready, true);
  });

  it('gives cert-manager’s reason when the Secret is of no use', async () => {
    const target = { clusterIssuer, secretName: 'no-such-secret' };

    await assert.rejects(pointSigner(pki.kube, target, soon(300)), (error) => {
      assert.ok(error instanceof DeadlineError);
      assert.match(error.lastSeen, /ErrGetKeyPair/);
      return true;
    });
  });

  it('is not steered when it does not sign with a Secret', async () => {
    const ref = clusterIssuerRef(clusterIssuer);
    await pki.kube.patch(ref, { spec: { ca: null, selfSigned: {} } }, 'merge');

    await assert.rejects(
      pointSigner(pki.kube, { clusterIssuer, secretName: 'x' }, soon()),
      SignerError,
    );
    await assert.rejects(readSigner(pki.kube, 'no-such'), /does not exist/);
  });

  it('keeps signing under the old anchor while it is pinned, which a trial shows', async () => {
    const before = await readAnchor(pki.kube, { namespace, name: objects.previousAnchor });
    await pointSigner(pki.kube, { clusterIssuer, secretName: objects.previousAnchor }, soon());
    const anchor = certificateRef(namespace, objects.trustAnchor);
    const since = await markBeforeRenewal(pki.kube, anchor);
    const renewed = await renewCertificate(pki.kube, anchor, { ...soon(), since, token: 't' });
    const issuer = await readCertificate(
      pki.kube,
      certificateRef(objects.linkerdNamespace, objects.identityIssuer),
    );

    const trial = await trialRequest(
      pki.kube,
      { clusterIssuer, namespace, name: trialName, usages: issuer.usages },
      soon(),
    );

    const oracle = createSignatureOracle();
    const [a, b, issued] = await oracle.learn([before?.pem ?? '', renewed.chainPem, trial]);
    assert.ok(a && b && issued);
    assert.equal(oracle.signedBy(issued, a), true);
    assert.equal(oracle.signedBy(issued, b), false);
    assert.equal(issued.isCa, true);
    const left = await pki.kube.get(requestRef(namespace, trialName), rawObject);
    assert.equal(left, undefined);
  });

  it('leaves no request behind when a trial is denied', async () => {
    approval = 'deny';

    await assert.rejects(
      trialRequest(pki.kube, { clusterIssuer, namespace, name: trialName, usages: [] }, soon()),
      RequestDeniedError,
    );

    assert.equal(await pki.kube.get(requestRef(namespace, trialName), rawObject), undefined);
  });
});
