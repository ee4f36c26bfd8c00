import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import { explainHazard } from '../../mesh/bundle-text.ts';
import { readBundle } from '../../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import type { ObjectRef } from '../../mesh/kubernetes/resources.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';
import { waitFor } from '../support/wait-for.ts';

const { trustNamespace: namespace, linkerdNamespace } = objects;
const bundle: ObjectRef = { type: resources.bundles, name: objects.bundle };
const target: ObjectRef = {
  type: resources.configMaps,
  namespace: linkerdNamespace,
  name: objects.bundle,
};

describe('the distribution of the trust bundle', () => {
  let pki: SimulatedPki;
  let a: string;

  beforeEach(async () => {
    pki = await startPki();
    const anchor = await readAnchor(pki.kube, { namespace, name: objects.trustAnchor });
    a = anchor?.certificate.fingerprint ?? '';
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function renewAnchor(): Promise<string> {
    const ref = certificateRef(namespace, objects.trustAnchor);
    const since = await markBeforeRenewal(pki.kube, ref);
    const renewed = await renewCertificate(pki.kube, ref, { ...soon(), since, token: 't' });
    return renewed.certificate.fingerprint;
  }

  async function createNamespace(name: string): Promise<void> {
    const labels = { 'linkerd.io/is-control-plane': 'true' };
    await pki.kube.create({ type: resources.namespaces, name }, { metadata: { labels } });
  }

  it('is read where it lies', async () => {
    const state = await readBundle(pki.kube, objects);

    assert.equal(state.bundle?.synced, true);
    assert.deepEqual(state.missingIn, []);
    assert.deepEqual(
      state.targets.map((found) => [found.namespace, found.fingerprints, found.canonical]),
      [[linkerdNamespace, [a], true]],
    );
    assert.ok(Math.abs(Date.parse(state.targets[0]?.lastChanged ?? '') - Date.now()) < 60_000);
  });

  it('follows the anchor Secrets in every namespace that its Bundle selects', async () => {
    await createNamespace('edge');
    const both = [a, await renewAnchor()].toSorted();

    const targets = await waitFor(
      async () => {
        const state = await readBundle(pki.kube, objects);
        const isEverywhere = state.missingIn.length === 0 && state.targets.length === 2;
        const holdBoth = state.targets.every((found) => found.fingerprints.join() === both.join());
        return isEverywhere && holdBoth && state.targets;
      },
      { what: 'both anchors in two namespaces' },
    );

    assert.deepEqual(targets.map((found) => found.namespace).toSorted(), [
      'edge',
      linkerdNamespace,
    ]);
  });

  it('lags in the namespaces that trust-manager has not come to', async () => {
    pki.cluster.trustManager.pause();
    await renewAnchor();
    await createNamespace('edge');

    const { targets, missingIn } = await readBundle(pki.kube, objects);

    assert.deepEqual(
      targets.map((found) => [found.namespace, found.fingerprints]),
      [[linkerdNamespace, [a]]],
    );
    assert.deepEqual(missingIn, ['edge']);
  });

  it('is judged by what Linkerd makes of its text', async () => {
    pki.cluster.trustManager.pause();
    const pem = (await readBundle(pki.kube, objects)).targets[0]?.pem ?? '';
    await pki.kube.patch(target, { data: { [objects.bundleKey]: `${pem}\n\n# end` } }, 'merge');

    const state = await readBundle(pki.kube, objects);

    assert.equal(state.targets[0]?.fatal, true);
    assert.match(state.targets[0].hazards.map(explainHazard).join(), /text follows the last/);
  });

  it('counts the control plane’s bundle though it carries no label', async () => {
    pki.cluster.trustManager.pause();
    await pki.kube.patch(target, { metadata: { labels: null } }, 'merge');

    const state = await readBundle(pki.kube, objects);

    assert.deepEqual(
      state.targets.map((found) => found.namespace),
      [linkerdNamespace],
    );
  });

  it('is missing without a Bundle', async () => {
    await pki.kube.delete(bundle);

    assert.equal((await readBundle(pki.kube, objects)).bundle, undefined);
  });
});
