import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import type { PkiSettings } from '../../domain/pki-objects.ts';
import { safeSettings } from '../../domain/pki-objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import { readBundle } from '../../mesh/bundle.ts';
import { installPki } from '../../mesh/install-pki.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { secretRef } from '../../mesh/tls-secret.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import type { MadeCertificate } from '../support/certificates.ts';
import { makeOffClusterAnchor, makeRoot } from '../support/certificates.ts';
import { tlsSecret } from '../support/tls-secret.ts';
import { soon } from '../support/simulated-pki.ts';
import { waitFor } from '../support/wait-for.ts';
import { patienceMs } from '../support/patience.ts';

const { trustNamespace: namespace, trustAnchor, previousAnchor, clusterIssuer } = objects;
const imported: PkiSettings = { ...safeSettings('cluster.local'), anchorSource: 'imported' };
const fromCa: PkiSettings = { ...imported, bundleSourceKey: 'ca.crt' };

describe('the set-up under an anchor that its owner makes', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;

  beforeEach(async () => {
    // One that would have a note on the renewal of the anchor.
    cluster = await startCluster({ certManager: { renewalField: false } });
    const kubeConfigYaml = cluster.kubeConfigYaml();
    kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
    await kube.create({ type: resources.namespaces, name: namespace }, {});
  });
  afterEach(async () => {
    await kube.close();
    await cluster.stop();
  });

  async function put(pair: MadeCertificate, caPem?: string): Promise<void> {
    await kube.create(secretRef(namespace, trustAnchor), tlsSecret(pair, caPem));
  }

  async function refuses(settings: PkiSettings, because: RegExp): Promise<void> {
    await assert.rejects(installPki(kube, { objects, settings }, soon()), because);
    const issuer = { type: resources.clusterIssuers, name: clusterIssuer };
    assert.equal(await kube.get(issuer, rawObject), undefined);
  }

  it('leaves the anchor as it is, and waits for the identity issuer under it', async () => {
    const root = await makeRoot('elsewhere.linkerd.cluster.local');
    await put(root);
    const done = await installPki(kube, { objects, settings: imported }, soon());

    assert.deepEqual(
      done.filter((line) => /anchor|renewal/.test(line)),
      [`copied Secret ${namespace}/${trustAnchor} to ${previousAnchor}`],
    );
    assert.equal((await readAnchor(kube, { namespace, name: trustAnchor }))?.pem, root.pem.trim());
  });

  it('hands out the root, and not the intermediate CA that signs for it', async () => {
    const { root, intermediate } = await makeOffClusterAnchor('off.linkerd.cluster.local');
    await put(intermediate, root.pem);
    await installPki(kube, { objects, settings: fromCa }, soon());

    await waitFor(async () => (await readBundle(kube, objects)).targets.length === 1, {
      what: 'the bundle to be distributed',
    });
    const [target] = (await readBundle(kube, objects)).targets;
    assert.equal(target?.pem.trim(), root.pem.trim());
  });

  it('is refused without the anchor, before anything is applied', async () => {
    await refuses(
      imported,
      /Secret cert-manager\/linkerd-trust-anchor does not exist.*Next step: put the anchor there/,
    );
  });

  it('is refused where the Secret stands for no anchor', async () => {
    const { intermediate } = await makeOffClusterAnchor('off.linkerd.cluster.local');
    await put(intermediate);
    await refuses(fromCa, /stands for no trust anchor.*Next step: put the root/);
  });

  it('is refused where a Certificate would write over the anchor', async () => {
    await put(await makeRoot('elsewhere.linkerd.cluster.local'));
    cluster.certManager.pause();
    await kube.create(
      { type: resources.certificates, namespace, name: trustAnchor },
      { spec: { secretName: trustAnchor, issuerRef: { name: 'any' }, isCA: true } },
    );
    await refuses(imported, /Certificate .*linkerd-trust-anchor would write over.*delete it/);
  });

  it('is refused where the Bundle would take what is no anchor, or nothing', async () => {
    const { root, intermediate } = await makeOffClusterAnchor('off.linkerd.cluster.local');
    await put(intermediate, root.pem);
    await refuses(
      imported,
      /would take tls\.crt .* CN=intermediate\.off\..*Next step: put the anchor/,
    );

    await kube.delete(secretRef(namespace, trustAnchor));
    await put(await makeRoot('elsewhere.linkerd.cluster.local'));
    await refuses(fromCa, /would take ca\.crt of .*, which is not there/);
  });
});
