import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import {
  bundleLaggards,
  BundleMissingError,
  readBundle,
  waitForBundle,
} from '../../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import type { ObjectRef } from '../../mesh/kubernetes/resources.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { selectorText } from '../../mesh/label-selector.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';

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

  it('is read where it lies', async () => {
    const state = await readBundle(pki.kube, objects);

    assert.equal(state.bundle?.synced, true);
    assert.deepEqual(state.missingIn, []);
    assert.deepEqual(
      state.targets.map((found) => [found.namespace, found.fingerprints, found.canonical]),
      [[linkerdNamespace, [a], true]],
    );
    assert.ok(Math.abs(Date.parse(state.targets[0]?.lastChanged ?? '') - Date.now()) < 60_000);
    assert.deepEqual(bundleLaggards(state, [a]), []);
  });

  it('is awaited until every target holds exactly both anchors', async () => {
    await pki.kube.create(
      { type: resources.namespaces, name: 'edge' },
      { metadata: { labels: { 'linkerd.io/is-control-plane': 'true' } } },
    );
    const b = await renewAnchor();

    const state = await waitForBundle(pki.kube, objects, { ...soon(), fingerprints: [b, a] });

    assert.deepEqual(state.targets.map((found) => found.namespace).toSorted(), [
      'edge',
      linkerdNamespace,
    ]);
    assert.ok(state.targets.every(({ fingerprints }) => fingerprints.length === 2));
  });

  it('names the namespaces that lag when time is up', async () => {
    pki.cluster.trustManager.pause();
    const b = await renewAnchor();
    await pki.kube.create(
      { type: resources.namespaces, name: 'edge' },
      { metadata: { labels: { 'linkerd.io/is-control-plane': 'true' } } },
    );

    await assert.rejects(
      waitForBundle(pki.kube, objects, { ...soon(200), fingerprints: [a, b] }),
      /namespace linkerd holds 1 other anchor\(s\); namespace edge has no bundle yet; the Bundle says Synced/,
    );
  });

  it('is judged by what Linkerd makes of its text', async () => {
    pki.cluster.trustManager.pause();
    const pem = (await readBundle(pki.kube, objects)).targets[0]?.pem ?? '';
    await pki.kube.patch(target, { data: { [objects.bundleKey]: `${pem}\n\n# end` } }, 'merge');

    const state = await readBundle(pki.kube, objects);

    assert.equal(state.targets[0]?.fatal, true);
    assert.match(bundleLaggards(state, [a])[0] ?? '', /namespace linkerd: text follows the last/);
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

    await assert.rejects(
      waitForBundle(pki.kube, objects, { ...soon(), fingerprints: [a] }),
      BundleMissingError,
    );
    assert.equal((await readBundle(pki.kube, objects)).bundle, undefined);
  });
});

describe('a label selector', () => {
  it('is written as a query', () => {
    const text = selectorText({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'zone', operator: 'NotIn', values: ['x'] },
        { key: 'mesh', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    });

    assert.equal(text, 'app=web,tier in (a,b),zone notin (x),mesh,!legacy');
    assert.equal(selectorText({}), '');
  });
});
