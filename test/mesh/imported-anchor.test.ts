import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { AnchorImport } from '../../domain/imports.ts';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import { publicKeyOfRequest } from '../../mesh/certificate-signing-request.ts';
import { clearHandedIn, lookForAnchor, takeOverAnchor } from '../../mesh/imported-anchor.ts';
import { requestOfPair } from '../../mesh/key-pair-request.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { secretRef } from '../../mesh/tls-secret.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import type { MadeCertificate, OffClusterAnchor } from '../support/certificates.ts';
import { makeOffClusterAnchor, makeRoot } from '../support/certificates.ts';
import { tlsSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';

const { trustNamespace: namespace, trustAnchor, nextAnchor } = objects;

describe('an anchor that its owner hands in', () => {
  let pki: SimulatedPki;
  let ask: Omit<AnchorImport, 'issuer'>;
  let next: MadeCertificate;

  beforeEach(async () => {
    // An anchor that ends before those that the tests make.
    pki = await startPki({}, { anchorDuration: '12h', anchorRenewBefore: '1h' });
    const a = await readAnchor(pki.kube, { namespace, name: trustAnchor });
    assert.ok(a !== undefined);
    ask = { a: a.certificate, objects, atMs: Date.now() };
    next = await makeRoot('elsewhere.linkerd.cluster.local');
  });
  afterEach(() => pki.stop());

  async function put(name: string, pem: string, keyPem: string, caPem?: string): Promise<void> {
    const ref = secretRef(namespace, name);
    await pki.kube.delete(ref);
    await pki.kube.create(ref, tlsSecret({ pem, keyPem }, caPem));
  }

  function deleteCertificate(): Promise<boolean> {
    return pki.kube.delete({ type: resources.certificates, namespace, name: trustAnchor });
  }

  it('is looked for, judged, taken over once the Certificate is gone, and cleared away', async () => {
    assert.match((await lookForAnchor(pki.kube, ask)).faults[0]?.reason ?? '', /is not in Secret/);
    await put(nextAnchor, next.pem, next.keyPem);
    const { faults, fingerprint = '' } = await lookForAnchor(pki.kube, ask);
    assert.deepEqual(faults, []);
    await assert.rejects(
      takeOverAnchor(pki.kube, objects, fingerprint),
      /is written by Certificate linkerd-trust-anchor/,
    );
    await deleteCertificate();

    await takeOverAnchor(pki.kube, objects, fingerprint);
    await clearHandedIn(pki.kube, objects, fingerprint);

    const now = await readAnchor(pki.kube, { namespace, name: trustAnchor });
    assert.equal(now?.certificate.fingerprint, fingerprint);
    assert.equal(now.hasKey, true);
    assert.equal(await readAnchor(pki.kube, { namespace, name: nextAnchor }), undefined);
    assert.deepEqual(await lookForAnchor(pki.kube, ask), { faults: [], fingerprint });
  });

  describe('whose own key stays out of the cluster', () => {
    const bundle = { type: resources.bundles, name: objects.bundle };
    let made: OffClusterAnchor;

    beforeEach(async () => {
      made = await makeOffClusterAnchor('off.linkerd.cluster.local');
      await deleteCertificate();
    });

    async function reasonsFor(...ca: readonly MadeCertificate[]): Promise<readonly string[]> {
      const { pem, keyPem } = made.intermediate;
      await put(nextAnchor, pem, keyPem, ca.map((one) => one.pem).join('\n'));
      return (await lookForAnchor(pki.kube, ask)).faults.map(({ reason }) => reason);
    }

    function takeKey(key: string): Promise<unknown> {
      const sources = [trustAnchor, objects.previousAnchor].map((name) => ({
        secret: { name, key },
      }));
      return pki.kube.patch(bundle, { spec: { sources } }, 'merge');
    }

    it('is taken over with the CA that signs for it, and with nothing of its key', async () => {
      await takeKey('ca.crt');
      assert.deepEqual(await reasonsFor(made.root), []);
      const { fingerprint = '' } = await lookForAnchor(pki.kube, ask);
      assert.equal(fingerprint, (await parseCertificate(made.root.pem)).fingerprint);

      await takeOverAnchor(pki.kube, objects, fingerprint);
      await clearHandedIn(pki.kube, objects, fingerprint);

      const now = await readAnchor(pki.kube, { namespace, name: trustAnchor });
      assert.equal(now?.pem, made.root.pem);
      assert.equal(now.signer.subject, 'CN=intermediate.off.linkerd.cluster.local');
      assert.equal(now.hasKey, true);
      assert.equal(await readAnchor(pki.kube, { namespace, name: nextAnchor }), undefined);
      assert.deepEqual(await lookForAnchor(pki.kube, ask), { faults: [], fingerprint });
    });

    it('is refused while a Bundle takes the CA that signs in its place', async () => {
      const [one, other, ...more] = await reasonsFor(made.root);
      assert.deepEqual(more, []);
      assert.match(
        one ?? '',
        /^takes tls\.crt of Secret cert-manager\/linkerd-trust-anchor, but what lies in tls\.crt of CN=off\.linkerd\.cluster\.local is the intermediate CA CN=intermediate\.off/,
      );
      assert.match(other ?? '', /^takes tls\.crt of Secret cert-manager\/linkerd-previous-anchor/);
    });

    it('is refused without its root, and beside a root that signed something else', async () => {
      await takeKey('ca.crt');
      assert.match((await reasonsFor()).join(), /there is no certificate in ca\.crt/);
      const [fault] = (await lookForAnchor(pki.kube, ask)).faults;
      assert.match(fault?.remedy ?? '', /out of the cluster goes into ca\.crt, and a CA that it/);
      assert.match(
        (await reasonsFor(await makeRoot('off.linkerd.cluster.local'))).join(),
        /holds no self-signed certificate that has signed it/,
      );
    });

    it('is refused where a path length leaves no room, as the real chain shows', async () => {
      await takeKey('ca.crt');
      const name = 'off.linkerd.cluster.local';
      for (const [root, intermediate] of [
        [1, 1],
        [2, 0],
      ]) {
        made = await makeOffClusterAnchor(name, {
          root: { ...(root === undefined ? {} : { pathLength: root }) },
          intermediate: { ...(intermediate === undefined ? {} : { pathLength: intermediate }) },
        });
        assert.match((await reasonsFor(made.root)).join(), /would not verify a leaf behind/);
      }
    });
  });

  it('is not taken over when it has become another since it was judged', async () => {
    await deleteCertificate();
    await put(nextAnchor, next.pem, next.keyPem);
    const { fingerprint = '' } = await lookForAnchor(pki.kube, ask);
    const other = await makeRoot('other.linkerd.cluster.local');
    await put(nextAnchor, other.pem, other.keyPem);

    await assert.rejects(takeOverAnchor(pki.kube, objects, fingerprint), /was expected/);
    await clearHandedIn(pki.kube, objects, fingerprint);
    assert.ok(await readAnchor(pki.kube, { namespace, name: nextAnchor }), 'the new one is kept');
  });

  it('is refused with a key that is not its own, or without a certificate', async () => {
    const other = await makeRoot('other.linkerd.cluster.local');
    await put(nextAnchor, next.pem, other.keyPem);
    const mixed = await lookForAnchor(pki.kube, ask);
    assert.match(mixed.faults[0]?.reason ?? '', /without its private key/);
    await put(nextAnchor, 'nothing', other.keyPem);
    const empty = await lookForAnchor(pki.kube, ask);
    assert.match(empty.faults[0]?.reason ?? '', /holds no certificate in tls.crt/);
  });

  it('has a request made of its pair, for its very name, that shows no key', async () => {
    await put(nextAnchor, next.pem, next.keyPem);
    const ref = secretRef(namespace, nextAnchor);
    const { fingerprint, publicKey } = await parseCertificate(next.pem);

    const csr = await requestOfPair(pki.kube, ref, fingerprint);

    assert.equal(await publicKeyOfRequest(csr), publicKey);
    assert.doesNotMatch(inspect(csr), /PRIVATE KEY/);
    await assert.rejects(requestOfPair(pki.kube, ref, 'another'), (error) => {
      assert.doesNotMatch(inspect(error, { depth: 9 }), /PRIVATE KEY/);
      return /does not hold the pair/.test(String(error));
    });
  });
});
