import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor, writeAnchorCertificate } from '../../mesh/anchors.ts';
import { ensureBridge } from '../../mesh/bridge.ts';
import {
  answerBridgeRequest,
  readBridgeExchange,
  removeBridgeExchange,
} from '../../mesh/bridge-exchange.ts';
import { bridgeFault } from '../../mesh/bridge-fault.ts';
import type { BridgeImport } from '../../mesh/imported-bridge.ts';
import { bridgeImportFaults, requestBridge } from '../../mesh/imported-bridge.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { pointSigner, readSigner } from '../../mesh/signer.ts';
import { readTlsSecret, secretRef } from '../../mesh/tls-secret.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import type { MadeCertificate, WantedCertificate } from '../support/certificates.ts';
import { makeCertificate, makeRoot } from '../support/certificates.ts';
import { tlsSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';

const { trustNamespace: namespace, trustAnchor, previousAnchor, clusterIssuer } = objects;
const name = 'root.linkerd.cluster.local';
const hourMs = 3_600_000;

describe('a bridge that the owner of the anchor in use signs', () => {
  let a: MadeCertificate;
  let b: MadeCertificate;

  before(async () => {
    a = await makeRoot(name);
    b = await makeRoot(name);
  });

  function signed(more: Partial<WantedCertificate> = {}): Promise<MadeCertificate> {
    const twin = { commonName: name, signer: a, keys: b.keys, isCa: true } as const;
    return makeCertificate({ ...twin, ...more });
  }

  async function faultOf(pem: string, neededUntilMs = 0): Promise<string | undefined> {
    const wanted = { a: { pem: a.pem }, b: { certificate: await parseCertificate(b.pem) } };
    return bridgeFault(pem, { ...wanted, neededUntilMs });
  }

  it('is fit as the twin of the new one, for all usages or for both that leaves need', async () => {
    assert.equal(await faultOf((await signed()).pem), undefined);
    assert.equal(await faultOf((await signed({ pathLength: 1 })).pem), undefined);
    const usages = ['serverAuth', 'clientAuth'] as const;
    assert.equal(await faultOf((await signed({ usages })).pem), undefined);
  });

  it('is refused in any other case, with the defect', async () => {
    const stranger = await makeRoot(name);
    const cases: readonly (readonly [Partial<WantedCertificate>, RegExp])[] = [
      [{ keys: stranger.keys }, /key is not that of the new anchor/],
      [{ commonName: 'other' }, /subject is not that of the new anchor/],
      [{ isCa: false }, /is no CA/],
      [{ pathLength: 0 }, /no room for the identity issuer/],
      [{ usages: ['serverAuth'] }, /extended key usages lack clientAuth/],
      [{ signer: stranger }, /not signed by the anchor in use/],
    ];
    for (const [more, defect] of cases) {
      assert.match((await faultOf((await signed(more)).pem)) ?? 'none', defect);
    }
    const fit = (await signed()).pem;
    assert.match((await faultOf(fit, Date.now() + 48 * hourMs)) ?? '', /before the rotation could/);
    assert.match((await faultOf('no certificate')) ?? '', /no certificate that can be read/);
    assert.match((await faultOf(b.pem)) ?? '', /not signed by the anchor in use/);
  });

  describe('in a cluster', () => {
    let pki: SimulatedPki;
    let wanted: BridgeImport;

    beforeEach(async () => {
      pki = await startPki();
      await pki.kube.delete({ type: resources.certificates, namespace, name: trustAnchor });
      await pki.kube.delete(secretRef(namespace, trustAnchor));
      await pki.kube.create(secretRef(namespace, trustAnchor), tlsSecret(b));
      const anchors = [a, b].map(async ({ pem }) => ({
        certificate: await parseCertificate(pem),
        pem,
      }));
      const [one, other] = await Promise.all(anchors);
      assert.ok(one !== undefined && other !== undefined);
      const sources = { anchor: 'imported', bridge: 'imported' } as const;
      const neededUntil = new Date(Date.now() + hourMs).toISOString();
      wanted = { objects, a: one, b: other, neededUntil, sources };
    });
    afterEach(() => pki.stop());

    it('is asked for once, judged when it is there, and kept with the key of the new anchor', async () => {
      const { kube } = pki;
      await requestBridge(kube, wanted);
      const asked = await readBridgeExchange(kube, objects);
      await requestBridge(kube, wanted);
      assert.deepEqual(await readBridgeExchange(kube, objects), asked);
      assert.match((await bridgeImportFaults(kube, wanted))[0]?.reason ?? '', /is not there yet/);

      await answerBridgeRequest(kube, objects, b.pem);
      const [refused] = await bridgeImportFaults(kube, wanted);
      assert.match(refused?.reason ?? '', /is not usable: it is not signed by the anchor in use/);
      const options = { ...soon(), ...wanted, neededUntilMs: Date.parse(wanted.neededUntil) };
      await assert.rejects(ensureBridge(kube, objects, options), /handed in is not usable/);

      const { pem } = await signed();
      await answerBridgeRequest(kube, objects, pem);
      assert.deepEqual(await bridgeImportFaults(kube, wanted), []);
      const bridge = await ensureBridge(kube, objects, options);
      assert.equal(bridge.changed, true);
      assert.equal((await readTlsSecret(kube, secretRef(namespace, objects.bridge)))?.hasKey, true);
      assert.equal(await removeBridgeExchange(kube, objects), true);
      assert.deepEqual(await bridgeImportFaults(kube, wanted), [], 'the bridge is there');
    });

    it('is asked for anew between other anchors, and an old answer is dropped', async () => {
      const { kube } = pki;
      await requestBridge(kube, wanted);
      await answerBridgeRequest(kube, objects, (await signed()).pem);
      const stranger = await makeRoot('stranger');
      const certificate = await parseCertificate(stranger.pem);
      await requestBridge(kube, { ...wanted, a: { certificate, pem: stranger.pem } });

      const asked = await readBridgeExchange(kube, objects);
      assert.equal(asked?.signerPem, stranger.pem);
      assert.equal(asked.answerPem, undefined);
    });

    it('leaves the signer pinned to a certificate that cannot sign meanwhile', async () => {
      const { kube } = pki;
      await writeAnchorCertificate(kube, { namespace, name: previousAnchor }, wanted.a);
      const kept = await readAnchor(kube, { namespace, name: previousAnchor });
      assert.equal(kept?.certificate.fingerprint, wanted.a.certificate.fingerprint);
      assert.equal(kept.hasKey, false);

      const target = { clusterIssuer, secretName: previousAnchor };
      await assert.rejects(pointSigner(kube, target, soon(300)), { name: 'DeadlineError' });
      await pointSigner(kube, { ...target, isKeyless: true }, soon());

      const { secretName, ready, judged } = await readSigner(kube, clusterIssuer);
      assert.deepEqual([secretName, ready, judged], [previousAnchor, false, true]);
    });
  });
});
