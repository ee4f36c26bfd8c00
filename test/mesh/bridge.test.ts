import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { shortFingerprint } from '../../domain/certificate.ts';
import { webpkiAccepts } from '../../domain/chain.ts';
import { documentedObjects as objects } from '../../domain/objects.ts';
import type { AnchorFacts } from '../../mesh/anchors.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import { BridgeError, ensureBridge, readBridge, removeBridge } from '../../mesh/bridge.ts';
import type { RenewedCertificate } from '../../mesh/renewal-outcome.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { listOwnedRequests, deleteRequest } from '../../mesh/certificate-requests.ts';
import { certificateRef, readCertificate } from '../../mesh/certificates.ts';
import type { ObjectRef } from '../../mesh/kubernetes/resources.ts';
import { createSignatureOracle } from '../../mesh/signature-oracle.ts';
import { pointSigner } from '../../mesh/signer.ts';
import { readTlsSecret, secretRef } from '../../mesh/tls-secret.ts';
import { splitPem } from '../../mesh/x509.ts';
import { CERTIFICATE_REQUESTS } from '../../simulator/cluster/resources.ts';
import { makeOffClusterAnchor } from '../support/certificates.ts';
import { offClusterSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';
import { patienceMs } from '../support/patience.ts';

const { trustNamespace: namespace, clusterIssuer } = objects;
const anchorRef = certificateRef(namespace, objects.trustAnchor);

describe('the bridge', () => {
  let pki: SimulatedPki;
  let a: AnchorFacts;
  let b: RenewedCertificate;

  beforeEach(async () => {
    pki = await startPki();
    const before = await readAnchor(pki.kube, { namespace, name: objects.previousAnchor });
    assert.ok(before);
    a = before;
    await pointSigner(pki.kube, { clusterIssuer, secretName: objects.previousAnchor }, soon());
    b = await renew(anchorRef);
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function renew(ref: ObjectRef): Promise<RenewedCertificate> {
    const since = await markBeforeRenewal(pki.kube, ref);
    return renewCertificate(pki.kube, ref, { ...soon(), since, token: 't' });
  }

  it('is the new anchor’s name and key, signed by the old one', async () => {
    const bridge = await ensureBridge(pki.kube, objects, { ...soon(), a });

    assert.equal(bridge.changed, true);
    assert.equal(bridge.certificate.subject, b.certificate.subject);
    assert.equal(bridge.certificate.publicKey, b.certificate.publicKey);
    assert.notEqual(bridge.certificate.fingerprint, b.certificate.fingerprint);
    assert.doesNotMatch(inspect(bridge, { depth: 9 }), /PRIVATE KEY/);
    const secret = await readTlsSecret(pki.kube, secretRef(namespace, objects.bridge));
    assert.equal(secret?.hasKey, true);
    assert.equal(secret.ca?.fingerprint, a.certificate.fingerprint);
    const endsTogether =
      Date.parse(bridge.certificate.notAfter) - Date.parse(b.certificate.notAfter);
    assert.ok(Math.abs(endsTogether) < patienceMs, String(endsTogether));
  });

  it('is made once', async () => {
    const first = await ensureBridge(pki.kube, objects, { ...soon(), a });

    const second = await ensureBridge(pki.kube, objects, { ...soon(), a });

    assert.deepEqual(second, { ...first, changed: false });
  });

  it('is asked for again when its request was deleted before anybody had judged it', async () => {
    const request = `${objects.bridge}-${shortFingerprint(b.certificate.fingerprint)}`;
    pki.cluster.certManager.pause();
    let deleted: Promise<boolean> | undefined;
    const attempt = ensureBridge(pki.kube, objects, {
      ...soon(),
      a,
      onProgress: () => {
        deleted ??= deleteRequest(pki.kube, namespace, request);
      },
    });
    await assert.rejects(attempt, { name: 'RequestGoneError' });

    assert.equal(await deleted, true);
    pki.cluster.certManager.resume();
    assert.equal((await ensureBridge(pki.kube, objects, { ...soon(), a })).changed, true);
  });

  it('makes issuers whose leaves verify under either anchor', async () => {
    await ensureBridge(pki.kube, objects, { ...soon(), a });
    await pointSigner(pki.kube, { clusterIssuer, secretName: objects.bridge }, soon());

    const issuer = await renew(certificateRef(objects.linkerdNamespace, objects.identityIssuer));

    assert.equal(issuer.chain.length, 2);
    const oracle = createSignatureOracle();
    await oracle.learn([...splitPem(issuer.chainPem), a.pem, b.chainPem]);
    const check = { atMs: Date.now(), usage: 'clientAuth', signedBy: oracle.signedBy } as const;
    // An issuer is a CA, which no leaf may be: what counts here is the path above it.
    const chain = issuer.chain.map((certificate, at) => ({ ...certificate, isCa: at > 0 }));
    assert.equal(webpkiAccepts(chain, [a.certificate], check).accepted, true);
    assert.equal(webpkiAccepts(chain, [b.certificate], check).accepted, true);
  });

  it('is not made by a signer that is not pinned to the old anchor', async () => {
    await pointSigner(pki.kube, { clusterIssuer, secretName: objects.trustAnchor }, soon());

    await assert.rejects(ensureBridge(pki.kube, objects, { ...soon(), a }), (error) => {
      assert.ok(error instanceof BridgeError);
      assert.match(error.message, /not signed by the anchor in use/);
      return true;
    });
    assert.equal(await readBridge(pki.kube, objects), undefined);

    await pointSigner(pki.kube, { clusterIssuer, secretName: objects.previousAnchor }, soon());
    assert.equal((await ensureBridge(pki.kube, objects, { ...soon(), a })).changed, true);
  });

  it('is refused, and not kept, when it would end before it is needed no more', async () => {
    const neededUntilMs = Date.parse(b.certificate.notAfter) + 60_000;

    await assert.rejects(
      ensureBridge(pki.kube, objects, { ...soon(), a, neededUntilMs }),
      (error) =>
        error instanceof BridgeError &&
        /it ends on .*, before the rotation could be over/.test(error.message),
    );

    assert.equal(await readBridge(pki.kube, objects), undefined);
  });

  it('is made anew for another successor', async () => {
    await ensureBridge(pki.kube, objects, { ...soon(), a });
    const next = await renew(anchorRef);

    const bridge = await ensureBridge(pki.kube, objects, { ...soon(), a });

    assert.equal(bridge.changed, true);
    assert.equal(bridge.certificate.publicKey, next.certificate.publicKey);
  });

  it('cannot be made when the request of the new anchor is gone', async () => {
    const state = await readCertificate(pki.kube, anchorRef);
    for (const { metadata } of await listOwnedRequests(pki.kube, state)) {
      await deleteRequest(pki.kube, metadata.namespace, metadata.name);
    }

    await assert.rejects(
      ensureBridge(pki.kube, objects, { ...soon(), a }),
      /rotate with method overlap/,
    );
  });

  it('goes away with its key', async () => {
    await ensureBridge(pki.kube, objects, { ...soon(), a });

    await removeBridge(pki.kube, objects, b.certificate);
    await removeBridge(pki.kube, objects, b.certificate);
    assert.equal(await readBridge(pki.kube, objects), undefined);
  });

  it('goes away with the request that nobody has decided on', async () => {
    pki.cluster.certManager.pause();
    const wait = { ...soon(), deadlineMs: Date.now() + 50 };
    await assert.rejects(ensureBridge(pki.kube, objects, { ...wait, a }));
    const requests = (): readonly string[] =>
      pki.cluster.store
        .list(CERTIFICATE_REQUESTS)
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith(objects.bridge));
    assert.equal(requests().length, 1);

    await removeBridge(pki.kube, objects, b.certificate);

    assert.deepEqual(requests(), []);
  });

  it('is none to an anchor whose own key is never in the cluster', async () => {
    const made = await makeOffClusterAnchor('elsewhere');
    const ref = secretRef(namespace, 'off-cluster');
    await pki.kube.create(ref, offClusterSecret(made));

    await assert.rejects(
      ensureBridge(pki.kube, { ...objects, trustAnchor: ref.name }, { ...soon(), a }),
      (error) => {
        assert.ok(error instanceof BridgeError);
        assert.match(error.message, /CN=elsewhere is never in the cluster \(CN=intermediate\./);
        assert.match(error.message, /Next step: rotate with method overlap/);
        return true;
      },
    );
  });

  it('needs an anchor to bridge to', async () => {
    const elsewhere = { ...objects, trustAnchor: 'no-such' };

    await assert.rejects(
      ensureBridge(pki.kube, elsewhere, { ...soon(), a }),
      /nothing to cross-sign/,
    );
  });
});
